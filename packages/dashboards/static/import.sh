#!/bin/sh
# Imports the dashboards into a running Grafana:
#
#   GRAFANA_TOKEN=… dashboards/import.sh http://localhost:3000 [en|zh-CN]
#
# The token is one of a service account with the role Editor. Dashboards that were imported before are replaced; they
# keep their addresses. Needs curl.
set -eu
url=${1:?usage: GRAFANA_TOKEN=… import.sh URL [en|zh-CN]}
language=${2:-en}
: "${GRAFANA_TOKEN:?GRAFANA_TOKEN must be set, to the token of a service account}"
here=$(cd "$(dirname "$0")" && pwd)
folder="$here/grafana/$language"
[ -d "$folder" ] || { echo "language must be en or zh-CN, got $language" >&2; exit 2; }

for file in "$folder"/*.json; do
  name=$(basename "$file" .json)
  # The body of POST /api/dashboards/db is the dashboard in an envelope; a bare dashboard is refused. The token goes
  # through standard input of a configuration, so that no list of processes shows it.
  { printf '{"overwrite":true,"message":"BatchFlow","dashboard":'; cat "$file"; printf '}'; } |
    curl --silent --show-error --fail-with-body --output /dev/null \
      --config /dev/fd/3 \
      --header 'Content-Type: application/json' --data-binary @- \
      "${url%/}/api/dashboards/db" 3<<CONFIG
header = "Authorization: Bearer $GRAFANA_TOKEN"
CONFIG
  echo "imported $name: ${url%/}/d/$name"
done
