#!/bin/bash
# Run once, by the image of PostgreSQL, on an empty database server: who owns the tables, and who the service is.
set -euo pipefail
psql --username postgres --set ON_ERROR_STOP=1 \
  --set owner="$(cat /run/secrets/owner_password)" --set service="$(cat /run/secrets/service_password)" <<'SQL'
CREATE ROLE tallyscan_owner LOGIN PASSWORD :'owner';
CREATE ROLE tallyscan_service LOGIN PASSWORD :'service';
CREATE DATABASE tallyscan OWNER tallyscan_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE tallyscan FROM PUBLIC;
GRANT CONNECT ON DATABASE tallyscan TO tallyscan_service;
SQL
