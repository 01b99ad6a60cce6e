#!/bin/bash
# What the entry of RabbitMQ's image does with RABBITMQ_DEFAULT_USER and RABBITMQ_DEFAULT_PASS.
set -euo pipefail
printf 'default_user = %s\ndefault_pass = %s\n' "$RABBITMQ_DEFAULT_USER" "$RABBITMQ_DEFAULT_PASS" >/etc/rabbitmq/rabbitmq.conf
chown -R rabbitmq /etc/rabbitmq/rabbitmq.conf /var/lib/rabbitmq
exec runuser -u rabbitmq -- env RABBITMQ_LOGS=- /usr/lib/rabbitmq/bin/rabbitmq-server
