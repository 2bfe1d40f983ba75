/** One way for a program to reach the network. */
export interface LeakClient {
  readonly name: string;
  /** What runs it; a Node program is what the preload tier can hold. */
  readonly program: "node" | "python" | "shell" | "other";
  /** The words after the program's name; for `other` the whole command. */
  readonly words: readonly string[];
  readonly needsTls?: true;
  readonly cwd?: string;
}

/** What clients find in their environment; `tag` is theirs alone. */
export const leakVariables = {
  tag: "LEAK_TAG",
  host: "LEAK_HOST",
  ipv4: "LEAK_IPV4",
  ipv6: "LEAK_IPV6",
} as const;

/** A client written in JavaScript, run by `node -e`. */
export function nodeClient(name: string, code: string): LeakClient {
  const needsTls = /https|tls|wss|http2/.test(code);
  return { name, program: "node", words: ["-e", nodePrelude + code], ...(needsTls ? { needsTls } : {}) };
}

/** A client written in Python. */
export function pythonClient(name: string, code: string): LeakClient {
  const needsTls = /https|wss/.test(code);
  return { name, program: "python", words: ["-c", pythonPrelude + code], ...(needsTls ? { needsTls } : {}) };
}

/** A client that is one line of shell. */
export function shellClient(name: string, line: string): LeakClient {
  const needsTls = line.includes("https");
  return { name, program: "shell", words: ["-c", line], ...(needsTls ? { needsTls } : {}) };
}

const nodePrelude = `
const { LEAK_TAG: tag, LEAK_HOST: host, LEAK_IPV4: ipv4, LEAK_IPV6: ipv6 } = process.env;
const show = (r) => r.on("data", (d) => process.stdout.write(d)).on("error", fail);
const fail = (e) => { console.log(e.code ?? e.message); process.exitCode = e.code === "MODULE_NOT_FOUND" || e.code === "ERR_MODULE_NOT_FOUND" ? 77 : 1; };
process.on("uncaughtException", fail).on("unhandledRejection", fail);
`;

const pythonPrelude = `
import os, sys, socket
tag, host, ipv4, ipv6 = (os.environ["LEAK_" + k] for k in ("TAG", "HOST", "IPV4", "IPV6"))
def absent(kind, error, trace):
    print(kind.__name__, error); sys.exit(77 if issubclass(kind, ImportError) else 1)
sys.excepthook = absent
socket.setdefaulttimeout(5)
`;
