/** Whether an address never leaves the machine; the unspecified ones connect to it as well. */
export function isLoopbackIp(address: string): boolean {
  const bare = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  return /^127\.\d+\.\d+\.\d+$/.test(bare) || ["::1", "::", "0.0.0.0"].includes(bare);
}

/** Whether a name is this machine (RFC 6761 §6.3). */
export function isLocalName(name: string): boolean {
  const bare = name.toLowerCase().replace(/\.$/, "");
  return bare === "localhost" || bare.endsWith(".localhost");
}

/** The loopback addresses that a host stands for, in the order they are tried; empty for every other host. */
export function loopbackAddresses(host: string): readonly string[] {
  if (isLocalName(host)) return ["127.0.0.1", "::1"];
  return isLoopbackIp(host) ? [reachedAddress(host)] : [];
}

/** The address that a connection to this one really reaches: an unspecified address means this machine, a mapped one its IPv4. */
function reachedAddress(address: string): string {
  const bare = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  if (bare === "0.0.0.0") return "127.0.0.1";
  return bare === "::" ? "::1" : bare;
}

/** Whether a socket bound to one address is reached by a connection to the other. */
export function reaches(bound: string, dialled: string): boolean {
  const own = bound.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  const to = reachedAddress(dialled);
  if (own === "::") return true;
  return own === "0.0.0.0" ? !to.includes(":") : own === to;
}
