#!/bin/bash
# What the entry of PostgreSQL's image does with POSTGRES_USER, POSTGRES_DB and POSTGRES_PASSWORD_FILE.
set -euo pipefail
data=/var/lib/postgresql/data
as_postgres() { runuser -u postgres -- "$@"; }
chown postgres "$data"
chmod 700 "$data"
if [ ! -s "$data/PG_VERSION" ]; then
  password="$(mktemp)"
  cat "$POSTGRES_PASSWORD_FILE" >"$password"
  chown postgres "$password"
  as_postgres initdb -D "$data" -U "$POSTGRES_USER" --pwfile="$password" --auth-host=scram-sha-256 --auth-local=trust
  rm "$password"
  echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
  # Nobody from outside may come before the database is made.
  as_postgres pg_ctl -D "$data" -o "-c listen_addresses=''" -w start
  [ "$POSTGRES_DB" = postgres ] || as_postgres createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
  as_postgres pg_ctl -D "$data" -w stop
fi
exec runuser -u postgres -- postgres -D "$data" -c listen_addresses='*'
