-- The article of a page is found by its address.
CREATE INDEX articles_by_url ON articles (url) WHERE url IS NOT NULL;
