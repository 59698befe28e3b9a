#!/bin/sh
# listen.sh: prints every frame of #general, and goes on where it left off. It needs curl.
: "${PARLEY_URL:=http://localhost:8080}"
touch last-seq
while true; do
  curl --silent --no-buffer "$PARLEY_URL/api/v1/events?room=general" \
    -H "Authorization: Bearer $PARLEY_KEY" \
    -H "Accept: text/event-stream" \
    -H "Last-Event-ID: $(cat last-seq)" |
    while IFS= read -r line; do
      case $line in
        "id: "*) seq=${line#id: } ;;
        "data: "*) printf '%s\n' "${line#data: }" ;;
        "") # the end of an event
          if [ -n "$seq" ]; then echo "$seq" > last-seq.new && mv last-seq.new last-seq; fi ;;
      esac
    done
  sleep 1
done
