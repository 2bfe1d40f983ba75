import type { Store } from "../../../lib/ports/store/store.ts";
import { accountContract } from "./accounts.contract.ts";
import { heldFactsContract } from "./held-facts.contract.ts";
import { exitContract } from "./leases/exits.contract.ts";
import { leaseContract } from "./leases/leases.contract.ts";
import { runLeaseContract } from "./leases/run-leases.contract.ts";
import { moveContract } from "./moves.contract.ts";
import { proxyContract } from "./proxies.contract.ts";
import { evidenceContract } from "./reputation/evidence.contract.ts";
import { probeContract } from "./reputation/probes.contract.ts";
import { reputationContract } from "./reputation/reputations.contract.ts";
import { switchContract } from "./reputation/switches.contract.ts";
import { runContract } from "./runs.contract.ts";
import { transactionContract } from "./transactions.contract.ts";
import { unitContract } from "./units.contract.ts";
import { verdictContract } from "./verdicts.contract.ts";

/** What every store does; `open` gives an empty one each time. */
export function storeContract(open: () => Promise<Store>): void {
  accountContract(open);
  heldFactsContract(open);
  proxyContract(open);
  leaseContract(open);
  exitContract(open);
  runContract(open);
  runLeaseContract(open);
  unitContract(open);
  moveContract(open);
  verdictContract(open);
  evidenceContract(open);
  reputationContract(open);
  switchContract(open);
  probeContract(open);
  transactionContract(open);
}
