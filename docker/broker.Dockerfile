# The broker as one native file on a small base. From the repository's root: docker build -f docker/broker.Dockerfile -t kafka-compat-broker .
# Settings: KAFKA_… variables over /mnt/shared/config/server.properties, as Apache Kafka's image takes them (README.md, "In a container").

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props BannedSymbols.txt .editorconfig LICENSE publish.sh ./
COPY src src
RUN ./publish.sh && install -D "$(find publish -name KafkaCompatBroker)" /out/KafkaCompatBroker

# The native file needs the glibc of the machine that wrote it or a newer one: this base is newer than that of the SDK's image.
FROM debian:trixie-slim
RUN useradd --uid 1000 --user-group --no-create-home --shell /usr/sbin/nologin kafka \
    && install -d -o kafka -g kafka -m 0750 /var/lib/kafka/data /etc/kafka/secrets \
    && install -d /mnt/shared/config
COPY --from=build /out/KafkaCompatBroker /usr/local/bin/KafkaCompatBroker
COPY LICENSE /usr/share/doc/kafka-compat-broker/LICENSE
USER kafka
WORKDIR /var/lib/kafka
EXPOSE 9092
VOLUME ["/var/lib/kafka/data", "/etc/kafka/secrets"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["KafkaCompatBroker", "/mnt/shared/config/server.properties", "--settings-from-environment", "--health-check"]
CMD ["KafkaCompatBroker", "/mnt/shared/config/server.properties", "--settings-from-environment"]
