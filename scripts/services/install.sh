#!/usr/bin/env bash
# Installs the servers and tools that the tests start for themselves, where they are missing: Redis, RabbitMQ, PostgreSQL,
# Chromium and promtool from Debian's packages, a Kafka broker from Maven's. Nothing is left running.
#
#   scripts/services/install.sh [redis] [rabbitmq] [postgresql] [chromium] [prometheus] [kafka]     default: all
#   scripts/services/install.sh containers     only when asked for: what `npm run image -- --local` needs, no test does
set -euo pipefail
cd "$(dirname "$0")"

wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=(redis rabbitmq postgresql chromium prometheus kafka)

# Where the tests look for the broker's jars.
kafka_folder="${TIDEOVER_KAFKA:-$HOME/.cache/tideover/kafka-4.1.0}"

packages=()
need() {
  local package="$1"
  shift
  local place
  for place in "$@"; do
    if command -v "$place" >/dev/null 2>&1 || compgen -G "$place" >/dev/null; then return; fi
  done
  packages+=("$package")
}

for service in "${wanted[@]}"; do
  case "$service" in
    redis) need redis-server redis-server ;;
    rabbitmq) need rabbitmq-server "/usr/lib/rabbitmq/bin/rabbitmq-server" ;;
    postgresql) need postgresql "/usr/lib/postgresql/*/bin/initdb" initdb ;;
    chromium)
      need chromium chromium google-chrome
      # Pictures of pages in Chinese need letters for it.
      need fonts-wqy-microhei "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc" "/usr/share/fonts/*/noto/NotoSansCJK*"
      ;;
    prometheus) need prometheus promtool ;;
    containers)
      need docker.io dockerd
      need mmdebstrap mmdebstrap
      ;;
    kafka)
      if [ ! -d "$kafka_folder/libs" ]; then
        need maven mvn
        need default-jre-headless java
      fi
      ;;
    *)
      echo "install.sh: no service is called '$service'; there are redis, rabbitmq, postgresql, chromium, prometheus, kafka, containers" >&2
      exit 2
      ;;
  esac
done

if [ ${#packages[@]} -gt 0 ]; then
  echo "Installing ${packages[*]}"
  apt-get update -qq
  # A run level of 1 keeps the packages from starting their servers.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

if [[ " ${wanted[*]} " == *" kafka "* && ! -d "$kafka_folder/libs" ]]; then
  echo "Fetching a Kafka broker into $kafka_folder"
  mkdir -p "$kafka_folder"
  fetched="$(mktemp -d "$kafka_folder/fetch.XXXXXX")"
  mvn -q -B -f kafka-broker.pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$fetched"
  # Moved as a whole, so that a broken download is never taken for a broker.
  mv "$fetched" "$kafka_folder/libs"
fi
