import type { ExitIp } from "../../../lib/domain/ip.ts";
import type { Run } from "../../../lib/domain/run/run.ts";
import { assignProxy } from "../../../lib/operations/assignments/change-assignment.ts";
import { addProxy } from "../../../lib/operations/proxies/create-proxy.ts";
import { botSlot, mustHold } from "../../contract/store/samples.ts";
import { sampleProcess, sampleRun } from "../sample-facts.ts";
import type { OperatorBench } from "./operator-bench.ts";

/** Adds a proxy to the pool and lets alice use it; with an address it has shown that exit before. */
export async function assignNewProxy(
  { operator }: OperatorBench,
  label: string,
  priority: number,
  shown?: string,
): Promise<void> {
  const endpoint = { scheme: "http", host: "gw.example", port: 8001 } as const;
  const blank = { credential: undefined, country: undefined, provider: undefined, expectedIp: undefined };
  await addProxy(operator, { label, endpoint, ...blank, expiresAt: undefined, metadata: {} });
  const { proxyId } = await assignProxy(operator, { accountName: "alice", proxyLabel: label }, priority);
  if (shown === undefined) return;
  const { store, clock } = operator;
  const blankCheck = { runId: undefined, reason: undefined, latencyMs: undefined, country: undefined };
  const seen = { exitIp: shown as ExitIp, isOk: true, at: clock.now() };
  await store.proxies.recordCheck({ proxyId, kind: "proof", ...blankCheck, ...seen });
}

/** What a launcher writes of a bot of alice's that runs through the proxy. */
export async function runThrough(
  { operator: { store } }: OperatorBench,
  label: string,
  change: Partial<Run> = {},
): Promise<Run> {
  const [account, proxy] = [await store.accounts.find("alice"), await store.proxies.find(label)];
  if (account === undefined || proxy === undefined) throw new Error(`alice or ${label} is missing`);
  const unit = { kind: "bot", accountId: account.id, name: "alice" } as const;
  const run = sampleRun({ unit, proxyId: proxy.id, proxyLabel: label, ...change });
  await store.runs.begin(run);
  const owner = { runId: run.id, launcherId: run.launcherId, launcher: sampleProcess() };
  await mustHold(store, { slot: botSlot(account), owner });
  return run;
}
