#!/bin/sh
# curl in its usual forms, each run as a bot by `launch doctor --leaks`: `sh curl.sh "curl https"`.
# LEAK_* variables say where the lab's target is. Ends with 77 without curl.
command -v curl >/dev/null || exit 77
get() { exec curl -sS --max-time 5 "$@"; }
case $1 in
"curl http") get "http://$LEAK_HOST:$LEAK_HTTP/$LEAK_TAG" ;;
"curl https") get "https://$LEAK_HOST:$LEAK_HTTPS/$LEAK_TAG" ;;
"curl --noproxy") get --noproxy '*' "http://$LEAK_HOST:$LEAK_HTTP/$LEAK_TAG" ;;
"curl, IPv6") get -g "http://[$LEAK_IPV6]:$LEAK_HTTP/$LEAK_TAG" ;;
esac
echo "Usage: LEAK_HOST=… sh curl.sh 'curl http' | 'curl https' | 'curl --noproxy' | 'curl, IPv6'" >&2
exit 64
