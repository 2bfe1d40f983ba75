/** Whether an address never leaves the machine; the unspecified ones connect to it as well. */
export function isLoopbackIp(address: string): boolean {
  const bare = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  return /^127\.\d+\.\d+\.\d+$/.test(bare) || ["::1", "::", "0.0.0.0"].includes(bare);
}

/** Whether a host, by name or address, is this machine (RFC 6761 §6.3). */
export function isLocalHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return name === "localhost" || name.endsWith(".localhost") || isLoopbackIp(name);
}
