import type { LeakClient } from "../../../lib/leak-check/clients/leak-client.ts";

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

/** A client written in Python, run by `python3 -c`. */
export function pythonClient(name: string, code: string): LeakClient {
  return { name, program: "python", words: ["-c", pythonPrelude + code] };
}

/** A client that is one line of shell. */
export function shellClient(name: string, line: string): LeakClient {
  return { name, program: "shell", words: ["-c", line] };
}

const pythonPrelude = `
import os, sys, socket
tag, host, ipv4, ipv6 = (os.environ["LEAK_" + k] for k in ("TAG", "HOST", "IPV4", "IPV6"))
sys.excepthook = lambda kind, error, trace: (print(kind.__name__, error), sys.exit(1))
socket.setdefaulttimeout(5)
`;
