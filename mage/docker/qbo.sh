#!/bin/sh
exec node /opt/qbo/dist/runner/bin.js "$@"
