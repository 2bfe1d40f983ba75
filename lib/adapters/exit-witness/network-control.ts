import { formatAuthority, type ProxyEndpoint } from "../../domain/proxy/proxy-endpoint.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ExitWitness, NetworkControl } from "../../ports/exit-witness.ts";
import { directDial } from "./direct-dial.ts";

export interface NetworkControlOptions {
  readonly witness: Pick<ExitWitness, "directIp">;
  readonly witnesses: readonly string[];
  /** Gateways to try by TCP in place of the witnesses; for hosts that let nothing but proxies through. */
  readonly gateways:
    | ((tried: Parameters<NetworkControl["ask"]>[0]) => Promise<readonly ProxyEndpoint[]>)
    | undefined;
}

const controlTimeoutMs = 5_000;

/** Asks the witnesses without a proxy, or connects to other vendors' gateways without saying anything. */
export function networkControl(
  { witness, witnesses, gateways }: NetworkControlOptions,
  clock: Clock,
): NetworkControl {
  return {
    async ask(tried) {
      if (gateways === undefined) {
        const found = await witness.directIp(witnesses, controlTimeoutMs);
        return { isAnswered: found !== undefined, asked: witnesses };
      }
      const endpoints = await gateways(tried).catch(() => []);
      const isAnswered = await anyAccepts(endpoints, clock);
      return { isAnswered, asked: endpoints.map(({ host, port }) => formatAuthority(host, port)) };
    },
  };
}

async function anyAccepts(endpoints: readonly ProxyEndpoint[], clock: Clock): Promise<boolean> {
  const over = new AbortController();
  const cancel = clock.after(controlTimeoutMs, () => over.abort());
  const dial = directDial(over.signal);
  try {
    const attempts = endpoints.map(async ({ host, port }) =>
      (await dial(host, port, controlTimeoutMs)).destroy(),
    );
    return await Promise.any(attempts).then(
      () => true,
      () => false,
    );
  } finally {
    cancel();
    over.abort();
  }
}
