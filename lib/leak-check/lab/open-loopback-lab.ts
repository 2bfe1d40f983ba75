import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import type { LoopbackPlaces } from "./internet/loopback-site.ts";
import { startInternet } from "./internet-process.ts";
import { makeLabFolder } from "./lab-folder.ts";
import { labAddresses } from "./site/lab-addresses.ts";
import { makeLabCertificate } from "./site/lab-certificate.ts";
import type { LeakLab } from "./site/leak-lab.ts";
import { loopback } from "./site/loopback-addresses.ts";

/** Opens a lab for a machine that cannot make networks: targets on the loopback tell whether the proxy led to them. Packets are not counted. */
export async function openLoopbackLab(internetFile: string): Promise<LeakLab> {
  const folder = makeLabFolder();
  try {
    const caFile = await makeLabCertificate(folder);
    const proxy = { user: "lab", secret: randomUUID() };
    const internet = await startInternet<LoopbackPlaces>([process.execPath, internetFile], {
      site: "loopback",
      certificates: caFile && folder,
      credential: proxy,
    });
    return {
      evidence: "targets",
      botSide: [],
      internet: [],
      addresses: addressesOf(internet.places),
      caFile,
      proxy,
      meter: async () => undefined,
      arrivals: () => internet.arrivals(),
      async close() {
        await internet.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function addressesOf({ proxyPort, ports, dnsPort, hasIpv6 }: LoopbackPlaces): LeakLab["addresses"] {
  const { targetName } = labAddresses;
  return {
    direct: [loopback.ipv4, loopback.ipv6],
    targetName,
    // Who goes direct cannot find the name: only an address shows it.
    hosts: [targetName, loopback.ipv4],
    target: loopback.ipv4,
    targetIpv6: hasIpv6 ? loopback.ipv6 : undefined,
    ports,
    dnsServer: `${loopback.ipv4}:${dnsPort}`,
    proxyHost: loopback.ipv4,
    proxyPort,
    exit: loopback.exit,
    exitIpv6: loopback.exit,
    publicRanges: [`${loopback.ipv4}/32`, `${loopback.ipv6}/128`],
  };
}
