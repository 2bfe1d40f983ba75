// 198.18.0.0/15 is set aside for benchmarks (RFC 2544) and routed nowhere: an address of it that escaped would reach nobody.
const room = 0x2_0000;
const addressOf = new Map<string, string>();
const nameOf = new Map<string, string>();
let next = 1;

/** The address that stands for a name in this thread; the oldest gives way when all 131,071 are taken. */
export function fakeAddress(name: string): string {
  const key = name.toLowerCase();
  const known = addressOf.get(key);
  if (known !== undefined) return known;
  const address = `198.${18 + (next >> 16)}.${(next >> 8) & 255}.${next & 255}`;
  next = next + 1 < room ? next + 1 : 1;
  const former = nameOf.get(address);
  if (former !== undefined) addressOf.delete(former);
  addressOf.set(key, address);
  nameOf.set(address, key);
  return address;
}

/** The name that an address stands for; the host itself when it stands for none. */
export function realName(host: string): string {
  return nameOf.get(host) ?? host;
}

/** Whether an address stands for a name that this thread does not know. */
export function isOrphan(host: string): boolean {
  return /^198\.1[89]\./.test(host) && !nameOf.has(host);
}
