#!/bin/sh
# Makes what compose.yaml gives to its parts as files, once; what is there stays. They are secret: back them up apart.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets
if [ -e database_url ]; then echo "secrets/ is there already." >&2; exit 0; fi
word() { openssl rand -hex 24; }
for name in postgres_password owner_password service_password grafana_password; do word | tr -d '\n' >"$name"; done
openssl rand -hex 32 | tr -d '\n' >s3_rpc
openssl rand -out selection_key 32
openssl rand -out pseudonym_key 32
openssl genpkey -algorithm ed25519 -out audit_key
access=GK$(openssl rand -hex 12) secret=$(openssl rand -hex 32)
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$access" "$secret" >aws_credentials
printf 'GARAGE_DEFAULT_ACCESS_KEY=%s\nGARAGE_DEFAULT_SECRET_KEY=%s\n' "$access" "$secret" >s3.env
printf 'postgresql://tallyscan_owner:%s@database/tallyscan\n' "$(cat owner_password)" >owner_url
printf 'postgresql://tallyscan_service:%s@database/tallyscan\n' "$(cat service_password)" >database_url
# Compose hands files on as they are: the users in the containers, who own none of them, must be able to read these.
chmod 644 ./*
chmod 711 .
echo "secrets/ is made. Only who may enter this folder reaches it: chmod 700 $(dirname "$PWD")"
