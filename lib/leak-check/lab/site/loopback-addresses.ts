/** Where the targets are without namespaces: macOS has no other loopback address than these. */
export const loopback = {
  ipv4: "127.0.0.1",
  ipv6: "::1",
  /** What stands in the recorder as peer of whoever came by the proxy. */
  exit: "the proxy",
} as const;
