import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startInternet } from "./internet-process.ts";
import { makeLabFolder } from "./lab-folder.ts";
import { labAddresses } from "./site/lab-addresses.ts";
import { makeLabCertificate } from "./site/lab-certificate.ts";
import type { LeakLab, UplinkMeter } from "./site/leak-lab.ts";
import { labFailed, runTool } from "./site/namespace-holder.ts";
import { type Opener, openSite, type Site, siteFiles } from "./site/site.ts";

/** Opens a lab of Linux namespaces, rootless wherever user namespaces are allowed; rejects where the machine cannot make one, and says why. `internetFile` is the compiled internet.js. */
export async function openLeakLab(opener: Opener, internetFile: string): Promise<LeakLab> {
  if (process.platform !== "linux") throw labFailed("network namespaces exist only on Linux");
  const folder = makeLabFolder();
  let site: Site | undefined;
  try {
    for (const [name, text] of Object.entries(siteFiles)) writeFileSync(join(folder, name), text);
    // First, for from here on the folder goes with the namespaces, should this process be killed.
    site = await openSite(opener, folder);
    const opened = site;
    const caFile = await makeLabCertificate(folder);
    const proxy = { user: "lab", secret: randomUUID() };
    const internet = await startInternet([...opened.internet, process.execPath, internetFile], {
      site: "namespace",
      certificates: caFile && folder,
      credential: proxy,
    });
    return {
      evidence: "packets",
      botSide: opened.botSide,
      internet: opened.internet,
      addresses: labAddresses,
      caFile,
      proxy,
      meter: () => readMeter(opened.internet),
      arrivals: () => internet.arrivals(),
      async close() {
        await internet.close();
        await opened.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Reads the counters on the internet's end of the uplink. */
async function readMeter(internet: readonly string[]): Promise<UplinkMeter> {
  const text = await runTool([...internet, "nft", "--json", "list", "counters", "table", "inet", "uplink"]);
  const { nftables } = JSON.parse(text) as { readonly nftables: readonly NftEntry[] };
  const packets = (name: string): number => {
    const found = nftables.find(({ counter }) => counter?.name === name)?.counter;
    // A meter that cannot be read must never look like one at zero.
    if (found === undefined) throw labFailed(`the counter ${name} is gone`);
    return found.packets;
  };
  return {
    proxied: packets("proxied"),
    otherIpv4: packets("other-ipv4"),
    otherIpv6: packets("other-ipv6"),
  };
}

interface NftEntry {
  readonly counter?: { readonly name: string; readonly packets: number };
}
