import type { LeakClient } from "../../../lib/operations/leaks/leak-client.ts";

/** A client written in JavaScript, run by `node -e` in the folder that holds what it requires. */
export function nodeClient(name: string, code: string): LeakClient {
  const needsTls = /https|tls|wss|http2/.test(code);
  return { name, program: "node", words: ["-e", nodePrelude + code], ...(needsTls ? { needsTls } : {}) };
}

const nodePrelude = `
const { LEAK_TAG: tag, LEAK_HOST: host, LEAK_IPV4: ipv4, LEAK_IPV6: ipv6 } = process.env;
const show = (r) => r.on("data", (d) => process.stdout.write(d)).on("error", fail);
const fail = (e) => { console.log(e.code ?? e.message); process.exitCode = e.code === "MODULE_NOT_FOUND" || e.code === "ERR_MODULE_NOT_FOUND" ? 77 : 1; };
process.on("uncaughtException", fail).on("unhandledRejection", fail);
`;
