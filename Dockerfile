# One image for every actor, for the bus and for the command line: docker-compose.yml says which is which.
FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/playbill \
    && /opt/playbill/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE nats.conf ./
COPY actors actors
COPY contracts contracts
RUN /opt/build/bin/hatchling build -t wheel -d /wheel \
    && /opt/playbill/bin/pip install --no-cache-dir --no-deps --no-index /wheel/*.whl \
    && /opt/playbill/bin/python -m compileall -q /opt/playbill

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data playbill \
    && mkdir -p /data/bus /data/catalogue \
    && chown -R playbill /data
COPY --from=build /opt/playbill /opt/playbill
COPY nats.conf /etc/playbill/nats.conf
ENV PATH=/opt/playbill/bin:$PATH PLAYBILL_CONFIG=/etc/playbill/playbill.toml PYTHONUNBUFFERED=1
USER playbill
WORKDIR /data
ENTRYPOINT ["playbill"]
CMD ["--help"]
