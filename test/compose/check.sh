#!/usr/bin/env bash
# Starts the whole stack with a real Docker engine and checks it: test/compose/check.sh
#
# Needs `npm ci`, and root on a Debian with network access to its packages, PyPI and npm. Installs what is missing. Uses its
# own engine, with its data in ${QBO_COMPOSE_CACHE:-~/.cache/qbo/compose}, so that the next run is faster. Base images are
# pulled if that works. Otherwise stand-ins are built, see stand-ins/README.md.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${QBO_COMPOSE_CACHE:-$HOME/.cache/qbo/compose}
work=$(mktemp -d "${TMPDIR:-/tmp}/qbo-compose-XXXXXX")
project=qbo-check
passed=0
failed=0

skip() {
  echo "The stack is not checked: $1"
  exit 0
}
say() { printf '\n== %s\n' "$*"; }

# check WHAT COMMAND...: prints one line with the result. A failure also shows the output of the command.
check() {
  local what=$1
  shift
  if "$@" >"$work/check.log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    echo "FAILED  $what"
    sed 's/^/        /' "$work/check.log" | tail -n 40
  fi
}

# retry SECONDS COMMAND...: repeats the command until it succeeds.
retry() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 2
  done
}

[ "$(uname)" = Linux ] || skip 'this is no Linux'
[ "$(id -u)" = 0 ] || skip 'an engine can be started by root only'
command -v apt-get >/dev/null || skip 'there is no apt-get to install an engine with'
# The project's own Node runs its TypeScript; the stand-in for Node's image is made of it too.
export PATH=$root/node_modules/.bin:$PATH
node -e 'process.exit(process.features.typescript ? 0 : 1)' 2>/dev/null ||
  skip 'it needs Node 22.18 or newer, which "npm ci" brings'

install_packages() {
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io iptables)
  command -v docker >/dev/null || missing+=(docker.io)
  docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || missing+=(docker-compose)
  command -v debootstrap >/dev/null || missing+=(debootstrap)
  command -v curl >/dev/null || missing+=(curl)
  [ ${#missing[@]} -eq 0 ] && return
  say "Installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$work/apt.log" 2>&1 ||
    { tail -n 20 "$work/apt.log"; exit 1; }
}

compose() {
  local tool=(docker-compose)
  if docker compose version >/dev/null 2>&1; then tool=(docker compose); fi
  (cd "$work/checkout" && "${tool[@]}" --project-name "$project" "$@")
}

start_engine() {
  mkdir -p "$cache"
  export DOCKER_HOST=unix://$work/docker.sock
  # No bridge: the networks of the stack have their own, and another engine on this machine is not affected.
  dockerd --data-root "$cache/docker" --exec-root "$work/exec" --pidfile "$work/docker.pid" --host "$DOCKER_HOST" \
    --bridge none --log-level warn >"$work/dockerd.log" 2>&1 &
  engine=$!
  retry 60 docker info >/dev/null 2>&1 || { tail -n 20 "$work/dockerd.log"; exit 1; }
}

stop() {
  local code=$?
  trap - EXIT
  if [ -n "${engine:-}" ]; then
    if [ -d "$work/checkout" ]; then compose down --volumes --timeout 5 >/dev/null 2>&1 || true; fi
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  umount "$work"/exec/netns/* 2>/dev/null || true
  rm -rf "$work"
  exit "$code"
}
engine=
trap stop EXIT

image_of() { sed -n "s/^.*\($1:[^ }]*\).*$/\1/p" "$root/docker-compose.yml" "$root/mage/Dockerfile" | head -n 1; }
POSTGRES=$(image_of postgres)
PGADMIN=$(image_of dpage\\/pgadmin4)
MAGE=$(image_of mageai\\/mageai)
NODE=$(image_of node)

build() { # build NAME TAG FOLDER
  echo "stand-in for $2"
  docker build --quiet --network host --tag "$2" "$3" >"$work/build.log" 2>&1 || { tail -n 30 "$work/build.log"; exit 1; }
}

build_base() {
  if docker image inspect qbo-stand-in-base >/dev/null 2>&1; then return; fi
  local bundle=/etc/ssl/certs/ca-certificates.crt
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/base" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 20 "$work/debootstrap.log"; exit 1; }
  # The machine's own certificates, because a proxy may sign with them.
  cp "$bundle" "$work/base$bundle"
  tar -C "$work/base" -c . | docker import --change "ENV SSL_CERT_FILE=$bundle" --change "ENV PIP_CERT=$bundle" \
    --change "ENV NODE_EXTRA_CA_CERTS=$bundle" - qbo-stand-in-base >/dev/null
  rm -rf "$work/base"
}

build_stand_ins() {
  say 'No image can be pulled: building stand-ins'
  build_base
  build postgres "$POSTGRES" "$here/stand-ins/postgres"
  build pgadmin "$PGADMIN" "$here/stand-ins/pgadmin"

  cp -r "$here/stand-ins/node" "$work/node"
  cp "$(node -p process.execPath)" "$work/node/node"
  cp -rL "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$work/node/npm"
  build node "$NODE" "$work/node"

  local bin
  bin=$(node "$root/test/mage/support/install-mage.ts" | tail -n 1)
  cp -r "$here/stand-ins/mage" "$work/mage"
  cp -r --reflink=auto "$bin/../lib/python3.11/site-packages" "$work/mage/site-packages"
  build mage "$MAGE" "$work/mage"
  rm -rf "$work/node" "$work/mage"
}

pull_images() {
  for image in "$POSTGRES" "$PGADMIN" "$MAGE" "$NODE"; do
    timeout 600 docker pull --quiet "$image" >/dev/null 2>&1 || return 1
  done
}

# A fresh clone: only the files that git tracks or would add.
copy_checkout() {
  mkdir "$work/checkout"
  git -C "$root" ls-files --cached --others --exclude-standard -z |
    (cd "$root" && xargs -0 sh -c 'for file; do [ ! -e "$file" ] || printf "%s\0" "$file"; done' sh |
      tar --null --files-from=- -c) | tar -C "$work/checkout" -x
}

# Builds on this machine need its network. Nothing else is changed.
write_override() {
  printf 'services:\n  mage:\n    build:\n      network: host\n' >"$work/checkout/docker-compose.override.yml"
}

health() { docker inspect --format '{{.State.Health.Status}}' "$(compose ps -q "$1")"; }
is_healthy() { [ "$(health "$1" 2>/dev/null)" = healthy ]; }
in_mage() { compose exec -T mage "$@"; }
sql() { compose exec -T postgres psql --username qbo --dbname "${2:-qbo}" --tuples-only --no-align --command "$1"; }
equals() { # equals WANTED COMMAND...
  local wanted=$1
  shift
  local got
  got=$("$@")
  [ "$got" = "$wanted" ] || { echo "wanted: $wanted"; echo "got: $got"; return 1; }
}
customers() { sql 'select count(*) from raw.qb_customers'; }
all_healthy() {
  for service in postgres mage pgadmin; do
    retry 240 is_healthy "$service" || { echo "$service is $(health "$service")"; compose logs --tail 60 "$service"; return 1; }
  done
}

# No password of the stack may be in the environment, the command line or the log of a container.
no_password_is_shown() {
  local shown
  shown=$(docker ps --all --quiet | xargs docker inspect; compose logs --no-color)
  for name in postgres mage-database mage-login mage-session pgadmin; do
    local value
    value=$(in_mage cat "/run/passwords/$name")
    [ ${#value} -eq 32 ] || { echo "$name has ${#value} characters"; return 1; }
    case $shown in *"$value"*) echo "the password $name is shown"; return 1 ;; esac
  done
}

ports_are_on_loopback() {
  local open
  open=$(docker ps --format '{{.Ports}}' | tr ',' '\n' | grep -e '->' | grep -v '127\.0\.0\.1:' || true)
  [ -z "$open" ] || { echo "$open"; return 1; }
}

reaches_postgres_by_name() {
  in_mage python3 -c "import socket; socket.create_connection(('postgres', 5432), 5).close()"
}

start_simulator() {
  compose exec -d mage sh -c "exec qbo simulate -- --port 8765 --client-id canary-id-1c2d --client-secret canary-secret-3e4f --refresh-token canary-token-5a6b"
  retry 30 in_mage python3 -c "import socket; socket.create_connection(('127.0.0.1', 8765), 2).close()"
}

set_secrets() {
  printf 'canary-id-1c2d' | in_mage mage-secrets set QBO_CLIENT_ID
  printf 'canary-secret-3e4f' | in_mage mage-secrets set QBO_CLIENT_SECRET
  printf 'QBO_REFRESH_TOKEN=canary-token-5a6b\nQBO_REALM_ID=4620816365000000001\nQBO_ENV=simulator\n' |
    in_mage mage-secrets import
  in_mage mage-secrets list >"$work/secrets"
  cat "$work/secrets"
  [ "$(grep -c ' set 2' "$work/secrets")" = 10 ] && ! grep -q canary "$work/secrets"
}

run_pipeline() {
  in_mage mage run /home/src/qbo/mage qb_customers_backfill \
    --runtime-vars '{"fecha_inicio":"2026-01-01","fecha_fin":"2026-01-31"}'
}

arm_trigger() {
  sed -i 's/^  status: inactive/  status: active/' "$work/checkout/mage/pipelines/qb_items_backfill/triggers.yaml"
}
trigger_run() { sql "select string_agg(status::text, ' ') from pipeline_run where pipeline_uuid = 'qb_items_backfill'" mage; }
trigger_completed() { [ "$(trigger_run)" = COMPLETED ]; }
trigger_is_off() {
  equals INACTIVE sql "select status::text from pipeline_schedule where name = 'qb_items_2026_01'" mage
  grep -q '^  status: inactive' "$work/checkout/mage/pipelines/qb_items_backfill/triggers.yaml"
}

no_secret_in_mage() {
  local found
  found=$(in_mage sh -c 'grep -rlF -e canary-secret-3e4f -e canary-token-5a6b /home/src || true')
  [ -z "$found" ] || { echo "$found"; return 1; }
  ! compose exec -T postgres sh -c 'pg_dump --username qbo mage; pg_dump --username qbo qbo' | grep -e canary-secret -e canary-token
}

# A run that QuickBooks keeps waiting, started by a second trigger in the file.
start_run_that_hangs() {
  in_mage python3 -c "
import urllib.request
rule = b'{\"fault\": \"hang\", \"skip\": 1, \"match\": {\"route\": \"query\", \"entity\": \"Item\"}}'
urllib.request.urlopen('http://127.0.0.1:8765/simulator/faults', rule).read()"
  cat >>"$work/checkout/mage/pipelines/qb_items_backfill/triggers.yaml" <<'TRIGGER'
- name: second_campaign
  schedule_type: time
  schedule_interval: '@once'
  start_time: 2026-02-01 15:30:00
  status: active
  variables:
    fecha_inicio: '2025-01-01'
    fecha_fin: '2026-02-01'
    page_size: 2
TRIGGER
  retry 90 equals running last_run
}
last_run() { sql 'select status from qbo.runs order by started_at_utc desc limit 1'; }
both_completed() { [ "$(trigger_run)" = 'COMPLETED COMPLETED' ]; }

# curl acts as the browser: it calls the address of the redirect inside the container.
login_inside() {
  in_mage mage-secrets delete QBO_REFRESH_TOKEN
  in_mage sh -c '
    mage-secrets exec qbo auth login >/tmp/login 2>&1 &
    login=$!
    for _ in $(seq 30); do grep -q "^http" /tmp/login && break; sleep 1; done
    curl -sSL "$(grep -m 1 "^http" /tmp/login)" >/dev/null
    wait $login; code=$?
    cat /tmp/login
    exit $code'
  printf 'vault' | in_mage mage-secrets set QBO_REFRESH_TOKEN
}

runner_is_packed() {
  in_mage sh -c 'qbo --version && node --version && ! command -v npm && ! find /opt/qbo -name typescript | grep .'
}

pgadmin_answers() {
  local jar=$work/cookies page
  rm -f "$jar"
  equals PING curl -sS --max-time 20 http://127.0.0.1:5050/misc/ping
  page=$(curl -sS --max-time 60 -c "$jar" http://127.0.0.1:5050/login)
  local token
  token=$(printf '%s' "$page" | grep -o '[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]\{20,\}' | head -n 1)
  compose exec -T pgadmin cat /run/passwords/pgadmin >"$work/pgadmin-password"
  curl -sS --max-time 60 -b "$jar" -c "$jar" -o "$work/login" -w '%{http_code} %{redirect_url}\n' \
    -H "X-pgA-CSRFToken: $token" --data-urlencode "csrf_token=$token" --data-urlencode 'email=admin@example.com' \
    --data-urlencode "password@$work/pgadmin-password" http://127.0.0.1:5050/authenticate/login
  curl -sS --max-time 60 -b "$jar" http://127.0.0.1:5050/browser/nodes/ >"$work/nodes"
  cat "$work/nodes"
  grep -q server_group "$work/nodes"
  # Opens the registered server as the browser does. There is no prompt for a password, because it comes from the file.
  local answer
  answer=$(curl -sS --max-time 60 -b "$jar" -H "X-pgA-CSRFToken: $token" -X POST \
    http://127.0.0.1:5050/browser/server/connect/1/1)
  printf '%s\n' "$answer"
  printf '%s' "$answer" | grep -q '"success": *1\|"success":1'
}

say 'Engine'
install_packages
start_engine
docker version --format 'engine {{.Server.Version}}, client {{.Client.Version}}'
is_pulled=yes
pull_images || is_pulled=no
[ $is_pulled = yes ] || build_stand_ins

say 'docker compose up'
copy_checkout
write_override
# Removes what an earlier run built, because a fresh clone does not have it. Unchanged layers come from the cache.
docker image rm --force "$(image_of qbo-mage)" >/dev/null 2>&1 || true
export QBO_API_URL=http://127.0.0.1:8765 QBO_TOKEN_URL=http://127.0.0.1:8765
compose up --detach >"$work/up.log" 2>&1 || { tail -n 60 "$work/up.log"; exit 1; }

say 'Checks'
check 'postgres, mage and pgadmin are healthy' all_healthy
check 'Mage reaches the database by the name postgres' reaches_postgres_by_name
check 'the image contains the packed runner and no compiler' runner_is_packed
check 'ports are open only on loopback' ports_are_on_loopback
check 'no password is in an environment, a command line or a log' no_password_is_shown
check 'secrets are set from standard input and listed by name' set_secrets
check 'the simulator starts inside, in place of a QuickBooks company' start_simulator
check 'a pipeline started inside loads RAW' run_pipeline
check '22 customers are in RAW' equals 22 customers
arm_trigger
check 'the one-time trigger fires, and its run completes' retry 120 trigger_completed
check 'the trigger is off in the database and in the file' trigger_is_off
check 'no secret is in plain text in Mage, its database or RAW' no_secret_in_mage
check 'pgAdmin lets its user in, and opens the registered server' pgadmin_answers

say 'docker compose down in the middle of a run, then up'
check 'a second trigger under a new name fires' start_run_that_hangs
compose down --timeout 60 >"$work/down.log" 2>&1
check 'nothing runs' equals '' docker ps --quiet
compose up --detach >"$work/up.log" 2>&1 || { tail -n 60 "$work/up.log"; exit 1; }
check 'the simulator starts again' start_simulator
check 'postgres, mage and pgadmin are healthy again' all_healthy
check 'the rows are still there' equals 22 customers
check 'the stopped run was recorded as cancelled' equals cancelled sql \
  "select status from qbo.runs where arguments #>> '{entities,0,from}' = '2025-01-01T00:00:00Z' order by started_at_utc limit 1"
check 'Mage resumes it, and it completes' retry 120 both_completed
check 'no trigger has fired again' equals 'COMPLETED COMPLETED' trigger_run
check 'the pipeline runs again' run_pipeline
check 'nothing is duplicated' equals 22 customers
check 'the first token can be fetched inside the container' login_inside
check 'the pipeline runs with the token of the login' run_pipeline

if [ $is_pulled = no ]; then
  say 'What stand-ins cannot prove'
  sed -n '/^- /,$p' "$here/stand-ins/README.md"
fi
echo
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
