"""Sentences that do and do not follow from a passage, written for tuning and for testing the support check.

The two sets share no passage. `True`: every part of the sentence stands in the passage; `False`: something in
it does not, or is turned round.
"""

TUNING: dict[str, list[tuple[str, bool]]] = {
    "The council of Eastmere voted on Tuesday by 14 to 9 to close the Tern Street library in March. "
    "Councillor Dana Frobisher, who chairs the finance committee, said the closure would save £120,000 a "
    "year. "
    "“We did not want this,” she said. “The roof alone would cost more than the books are worth.” "
    "Readers collected 3,400 signatures against the plan. The mobile library will not be affected.": [
        ("The council of Eastmere voted to close the Tern Street library.", True),
        ("Eastmere's council decided by 14 to 9 to close the Tern Street library.", True),
        ("The closure of the library would save £120,000 each year, Councillor Dana Frobisher said.", True),
        ("Closing the library would save 120,000 pounds a year.", True),
        ("Dana Frobisher said: “We did not want this.”", True),
        ("Readers gathered 3,400 signatures against the closure plan.", True),
        ("The mobile library is not affected.", True),
        ("“The roof alone would cost more than the books are worth,” said Frobisher.", True),
        ("Eastmere voted to close the library in March.", True),
        ("The plan drew 3,400 signatures from readers against it.", True),
        ("Councillors in Eastmere voted 14 to 9 on Tuesday for closing the Tern Street library.", True),
        ("Dana Frobisher is the chair of the finance committee.", True),
        ("The vote on the Tern Street library was 14 to 9.", True),
        ("The council of Eastmere voted to close the Tern Street library in May.", False),
        ("The council voted by 14 to 8 to close the library.", False),
        ("The closure would save £1.2 million a year.", False),
        ("The closure would save $120,000 a year.", False),
        ("Councillor David Frobisher said the closure would save £120,000 a year.", False),
        ("Dana Frobisher said: “We wanted this.”", False),
        ("“We did want this,” Frobisher said.", False),
        ("The mobile library will be affected.", False),
        ("The council of Eastmere did not vote to close the Tern Street library.", False),
        ("Readers collected 3,400 signatures in favour of building a swimming pool.", False),
        ("Eastmere's mayor resigned over the library.", False),
        ("Frobisher promised to reopen the library within two years.", False),
    ],
    "A freight train derailed near Kolvik early on Sunday, spilling 40,000 litres of diesel into the Aske "
    "river. "
    "Nobody was hurt, the police said. The operator, Norrail, denied that the track had been neglected. "
    "Environment inspector Maja Lund said fish had died as far as 12 km downstream. "
    "Drinking water for about 6,000 people in Kolvik will be brought by lorry for at least five days.": [
        ("A freight train derailed near Kolvik and spilled 40,000 litres of diesel into the Aske.", True),
        ("Nobody was hurt in the derailment.", True),
        ("No one was hurt, police said.", True),
        ("Norrail denied that the track had been neglected.", True),
        ("Fish died up to 12 km downstream, according to Maja Lund.", True),
        ("Drinking water for 6,000 people in Kolvik will come by lorry for at least five days.", True),
        ("Drinking water will be brought by lorry for at least 5 days.", True),
        ("The train derailed early on Sunday.", True),
        ("A derailment near Kolvik sent 40,000 litres of diesel into the river.", True),
        ("Lorries will bring drinking water to about 6,000 people in Kolvik.", True),
        ("The operator Norrail denied neglecting the track.", True),
        ("Fish were found dead 12 km downstream.", True),
        ("The inspector Maja Lund said that fish had died as far as 12 km downstream.", True),
        ("The track had been neglected.", False),
        ("The track had been neglected, Norrail said.", False),
        ("Norrail said that the track had been neglected.", False),
        ("Four people were hurt in the derailment.", False),
        ("The police said somebody was hurt.", False),
        ("A passenger train derailed in Oslo.", False),
        ("Fish had died as far as 12 miles downstream.", False),
        ("The train spilled 14,000 litres of diesel into the Aske.", False),
        ("The train derailed early on Monday.", False),
        ("Drinking water for about 6,000 people in Kolvik will be brought by lorry for two weeks.", False),
        ("Norrail will pay for the damage to the river.", False),
        ("Maja Lund blamed Norrail for the derailment.", False),
    ],
    "Scientists at the Verrano Observatory have found water vapour around a planet 110 light years away. "
    "The planet, called Tollan b, is eight times as heavy as Earth and orbits its star in 33 days. "
    "“It is the first time we have seen water there,” said Ines Caldeira, who led the team. "
    "She warned that the finding did not mean that the planet was habitable. "
    "The study, published in the journal Skylines on Wednesday, took two years.": [
        ("Scientists at the Verrano Observatory found water vapour around the planet Tollan b.", True),
        ("Tollan b is eight times as heavy as Earth and orbits its star in 33 days.", True),
        ("Tollan b is 8 times as heavy as Earth.", True),
        ("The finding does not mean that the planet is habitable, Ines Caldeira warned.", True),
        ("“It is the first time we have seen water there,” Caldeira said.", True),
        ("The study took two years and was published in the journal Skylines.", True),
        ("The planet is 110 light years away.", True),
        ("Ines Caldeira led the team.", True),
        ("A year on Tollan b lasts 33 days.", True),
        ("The team of Ines Caldeira found water vapour around Tollan b.", True),
        ("Water had never been seen there before, Caldeira said.", True),
        ("The results were published in Skylines on Wednesday.", True),
        ("The planet was habitable.", False),
        ("The finding means that the planet is habitable.", False),
        ("Tollan b is eighteen times as heavy as Earth.", False),
        ("Tollan b orbits its star in 33 hours.", False),
        ("“It is the first time we have seen life there,” Caldeira said.", False),
        ("Inge Caldeira led the team.", False),
        ("The study was published in the journal Nature.", False),
        ("The study, published on Thursday, took two years.", False),
        ("The planet is 110 million light years away.", False),
        ("Scientists at the Verrano Observatory found oxygen and methane on Mars.", False),
        ("Caldeira said that people would travel to the planet.", False),
    ],
    "The brewery Halden & Sons will cut 230 of its 900 jobs in Lindmark, it announced on Friday. "
    "Sales fell by 12 percent last year, chief executive Petra Voss told employees. "
    "The union Ferma rejected the plan and called a strike for 4 June. "
    "If the strike goes ahead, beer could become scarce in the region, a retailers' association said. "
    "Mayor Tomas Rieck did not attend the meeting but offered to mediate.": [
        ("The brewery Halden & Sons will cut 230 of its 900 jobs in Lindmark.", True),
        ("Halden & Sons announced on Friday that it will cut 230 jobs.", True),
        ("Sales fell by 12% last year, according to Petra Voss.", True),
        ("The union Ferma called a strike for 4 June.", True),
        ("The union Ferma rejected the plan.", True),
        ("Mayor Tomas Rieck offered to mediate.", True),
        ("Tomas Rieck did not attend the meeting.", True),
        ("Job cuts at the brewery Halden & Sons will hit 230 of 900 workers.", True),
        ("The union Ferma plans to strike on 4 June.", True),
        ("A strike could make beer scarce in the region.", True),
        ("The mayor, Tomas Rieck, was absent from the meeting.", True),
        ("Beer could become scarce in the region if the strike goes ahead.", True),
        ("Chief executive Petra Voss told employees that sales fell by 12 percent.", True),
        ("The brewery will cut 320 of its 900 jobs.", False),
        ("Halden & Sons will cut all its jobs in Lindmark.", False),
        ("Sales rose by 21 percent last year.", False),
        ("Sales fell by 12 million last year.", False),
        ("The union Ferma accepted the plan.", False),
        ("The union Ferma called a strike for 4 July.", False),
        ("Mayor Tomas Rieck attended the meeting.", False),
        ("Mayor Tomas Rieck attended the meeting and offered to mediate.", False),
        ("Petra Voss did not tell employees that sales fell.", False),
        ("Mayor Petra Rieck offered to mediate.", False),
        ("The strike goes ahead, a retailers' association said.", False),
        ("Chancellor Olaf Scholz visited the brewery.", False),
    ],
}

HELD_OUT: dict[str, list[tuple[str, bool]]] = {
    "Two climbers were rescued from Mount Brannoc on Thursday night after 19 hours in a storm. "
    "Rescue leader Aled Pritchard said the pair, both in their twenties, had carried neither a tent nor a "
    "map. "
    "“They were lucky that the wind turned,” he said. "
    "A third climber, Joanna Kessler, refused to turn back and reached the summit alone. "
    "The park authority has recorded 31 rescues this year, up from 22 in 2018. "
    "It does not plan to close the mountain.": [
        ("Two climbers were rescued from Mount Brannoc on Thursday night.", True),
        ("Two climbers were rescued after 19 hours in a storm on Mount Brannoc.", True),
        ("The rescued climbers had neither a tent nor a map, Aled Pritchard said.", True),
        ("“They were lucky that the wind turned,” said the rescue leader, Aled Pritchard.", True),
        ("Joanna Kessler reached the summit alone.", True),
        ("Joanna Kessler refused to turn back.", True),
        ("There have been 31 rescues this year, compared with 22 in 2018.", True),
        ("The park authority does not plan to close the mountain.", True),
        ("The park authority recorded 31 rescues this year.", True),
        ("The park authority has no plan to close the mountain.", True),
        ("Joanna Kessler climbed on to the summit by herself.", True),
        ("Three climbers were rescued from Mount Brannoc.", False),
        ("The climbers were rescued on Friday night.", False),
        ("The climbers had carried a tent and a map.", False),
        ("Joanna Kessler turned back.", False),
        ("Aled Kessler reached the summit alone.", False),
        ("The park authority plans to close the mountain.", False),
        ("There were 22 rescues this year.", False),
        ("“They were lucky to be alive,” Pritchard said.", False),
        ("Two climbers died on Mount Brannoc.", False),
        ("Both climbers were rescued by helicopter after 19 hours.", False),
        ("Aled Pritchard was rescued from Mount Brannoc.", False),
    ],
    "Varda Motors has recalled 18,500 electric vans because their brakes can fail in cold weather. "
    "The fault has caused seven accidents but no deaths, the company said on Monday. "
    "Repairs will take two hours and cost owners nothing. "
    "Regulator Simone Achterberg said the company had known of the problem since November. "
    "Varda's shares fell 6.5% in early trading.": [
        ("Varda Motors has recalled 18,500 electric vans.", True),
        ("Varda Motors recalled the vans because their brakes can fail in cold weather.", True),
        ("The fault caused seven accidents but no deaths.", True),
        ("No deaths were caused by the fault, the company said.", True),
        ("Repairs take two hours and cost owners nothing.", True),
        ("Simone Achterberg said Varda had known of the problem since November.", True),
        ("Shares of Varda fell by 6.5 percent in early trading.", True),
        ("The recall of 18,500 vans concerns brakes that can fail in the cold.", True),
        ("The fault has led to 7 accidents.", True),
        ("Varda Motors has recalled 185,000 electric vans.", False),
        ("The fault caused seven deaths.", False),
        ("Repairs will cost owners two hundred pounds.", False),
        ("Simone Achterberg denied that the company had known of the problem.", False),
        ("The company had known of the problem since September.", False),
        ("Varda's shares rose 6.5% in early trading.", False),
        ("Varda Motors has recalled all its electric vans.", False),
        ("The company said that it had not known of the problem.", False),
        ("Tesla has recalled 18,500 electric vans.", False),
        ("The brakes fail in hot weather.", False),
    ],
}
