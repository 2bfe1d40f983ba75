import type { CountryCode, VenueName } from "../../../lib/domain/account.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import type { Slipway } from "../../../lib/index.ts";
import type { Stage } from "../../lab/stage.ts";
import { proxyOf } from "../../support/e2e-stage.ts";

/** An account, and the proxies of the stage that are its own, best first. */
export interface NewAccount {
  readonly name: string;
  readonly venue: string;
  readonly labels: readonly string[];
}

/** Adds accounts with their proxies by the library: a command for each would take longer than what is tested. */
export async function addAccounts(
  stage: Stage,
  operator: Slipway,
  accounts: readonly NewAccount[],
): Promise<void> {
  for (const { name, venue, labels } of accounts) {
    await operator.accounts.add({
      name,
      venues: [venue as VenueName],
      allowedCountries: [],
      groupName: undefined,
      proxy: undefined,
    });
    for (const [index, label] of labels.entries()) {
      const { process, scheme, user, pass } = proxyOf(stage, label);
      await operator.proxies.add({
        label,
        endpoint: { scheme, host: process.host, port: process.port },
        credential: { user, secret: new Secret(pass) },
        country: "US" as CountryCode,
        provider: undefined,
        expectedIp: undefined,
        expiresAt: undefined,
        metadata: {},
      });
      await operator.accounts.assign({ accountName: name, proxyLabel: label }, index + 1);
    }
  }
}
