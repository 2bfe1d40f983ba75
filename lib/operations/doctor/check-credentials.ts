import type { Store } from "../../ports/store/store.ts";
import type { Vault } from "../../ports/vault.ts";
import { type Finding, failed, fine, uncertain } from "./finding.ts";

/** Opens every stored credential with the keys at hand. */
export async function checkCredentials(store: Store, vault: Vault): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let opened = 0;
  let legacy = 0;
  for (const { id, label, endpoint, sealed } of await store.proxies.list()) {
    if (sealed === undefined) continue;
    const result = vault.open(sealed, { id, label, scheme: endpoint.scheme });
    if (result.kind === "unopenable") {
      const again = `launch proxy edit ${label} --proxy-user USER --proxy-pass-stdin`;
      findings.push(
        failed(`credential of ${label}`, result.why, `Add the missing key, or run \`${again}\`.`),
      );
    } else {
      opened += 1;
      legacy += result.isLegacy ? 1 : 0;
    }
  }
  if (opened > 0) findings.push(fine("credentials", `${opened} can be opened`));
  if (legacy > 0)
    findings.push(
      uncertain(
        "credentials",
        `${legacy} are sealed in the older form of the earlier program`,
        "launch keys rotate",
      ),
    );
  return findings;
}
