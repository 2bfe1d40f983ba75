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
  dns: "LEAK_DNS",
  http: "LEAK_HTTP",
  https: "LEAK_HTTPS",
  echo: "LEAK_ECHO",
  unlisted: "LEAK_UNLISTED",
  quic: "LEAK_QUIC",
  udp: "LEAK_UDP",
} as const;
