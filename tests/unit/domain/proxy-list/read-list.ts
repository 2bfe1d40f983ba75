import { formatEndpoint } from "../../../../lib/domain/proxy/proxy-endpoint.ts";
import { readProxyList } from "../../../../lib/domain/proxy-list/read-proxy-list.ts";

/** Reads a list, and tells in texts what came of it. */
export function readList(text: string) {
  const { entries, problems, warnings } = readProxyList(text);
  return {
    entries: entries.map(({ endpoint, credential }) => [
      formatEndpoint(endpoint),
      ...(credential === undefined ? [] : [credential.user, credential.secret.reveal()]),
    ]),
    facts: entries.map(({ expectedIp, country }) => [expectedIp, country]),
    problems: problems.map(({ line, what }) => `${line}: ${what}`),
    warnings: warnings.map(({ what }) => what),
  };
}
