#!/bin/sh
# Makes the subject key and some telemetry, where they are not there yet.
set -eu

key=/var/lib/habeas/keys/subject.key
if [ ! -s "$key" ]; then
    (umask 077 && head -c 32 /dev/urandom | base64 > "$key")
fi

messages=/srv/telemetry/messages.json
if [ ! -e "$messages" ]; then
    for device in thermostat-17 thermostat-18; do
        for celsius in 20 21 22; do
            printf '{"SystemProperties":{"connectionDeviceId":"%s"},"Body":{"celsius":%s}}\n' "$device" "$celsius"
        done
    done > "$messages"
fi
