import type { InheritedEnvironment } from "../bench/leak-bench.ts";

/** One way for a program to reach the network. */
export interface LeakClient {
  readonly name: string;
  /** What runs it; a Node program is what the preload tier can hold. */
  readonly program: "node" | "python" | "shell" | "other";
  /** The words after the program's name; for `other` the whole command. */
  readonly words: readonly string[];
  readonly needsTls?: true;
  readonly needsIpv6?: true;
  /** Only counted packets show what it does. */
  readonly needsPackets?: true;
  /** The module of Python's that it imports. */
  readonly library?: string;
  /** The program's file beside the launcher, which would take its work over: only the kernel tier keeps the two apart. */
  readonly outside?: string;
  readonly cwd?: string;
  /** Variables of its own, under those that say where the target is. */
  readonly env?: Readonly<Record<string, string>>;
  readonly inherited?: InheritedEnvironment;
  /** How long it may run, 20 s unless given. */
  readonly timeoutMs?: number;
}

/** Where each program is. */
export interface LeakPrograms {
  readonly node: string;
  /** In the order in which they are asked for a library. */
  readonly pythons: readonly PythonProgram[];
  /** Of the clients; nothing else of the operator's environment reaches the battery. */
  readonly searchPath: string;
}

export interface PythonProgram {
  readonly file: string;
  /** Those of the battery's that it can import. */
  readonly libraries: readonly string[];
}

/** What clients find in their environment; `tag` is theirs alone. */
export const leakVariables = {
  tag: "LEAK_TAG",
  host: "LEAK_HOST",
  ipv4: "LEAK_IPV4",
  ipv6: "LEAK_IPV6",
  dns: "LEAK_DNS",
  http: "LEAK_HTTP",
  https: "LEAK_HTTPS",
  echo: "LEAK_ECHO",
  unlisted: "LEAK_UNLISTED",
  quic: "LEAK_QUIC",
  udp: "LEAK_UDP",
} as const;
