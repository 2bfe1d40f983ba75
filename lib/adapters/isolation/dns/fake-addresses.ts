// 198.18.0.x is kept free: the bot's resolv.conf names a server there, and the bot has an address of its own there.
const first = 256;
const poolSize = 2 ** 17 - first - 1;

/** Whether an address is one of these, given out or not. */
export function isFakeAddress(address: string): boolean {
  return address.startsWith("198.18.") || address.startsWith("198.19.");
}

/** Addresses that stand for names: 198.18.0.0/15 is set aside for tests between networks (RFC 2544) and leads nowhere. */
export type FakeAddresses = ReturnType<typeof openFakeAddresses>;

/** Opens an empty pool; when all are given out, the name asked for least recently gives its address up. */
export function openFakeAddresses(size = poolSize) {
  const numbers = new Map<string, number>();
  const names = new Map<number, string>();
  const takeNumber = (): number => {
    if (numbers.size < size) return numbers.size;
    const [oldest] = numbers;
    const [name, number] = oldest ?? ["", 0];
    numbers.delete(name);
    return number;
  };
  return {
    /** The address of a name, the same while it is remembered. */
    addressOf(name: string): string {
      const number = numbers.get(name) ?? takeNumber();
      // Set anew at the end: the map's order is the order of last use.
      numbers.delete(name);
      numbers.set(name, number);
      names.set(number, name);
      return formatNumber(number + first);
    },
    /** The name behind an address; undefined when it was never given out or was taken back. */
    nameOf(address: string): string | undefined {
      const [a, b, c, d] = address.split(".").map(Number);
      if (a !== 198 || b === undefined || c === undefined || d === undefined) return undefined;
      return names.get((((b - 18) << 16) | (c << 8) | d) - first);
    },
  };
}

function formatNumber(number: number): string {
  return `198.${18 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}
