import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { generateKey } from "../../../lib/adapters/vault/master-key.ts";
import { type AssignmentId, parseId } from "../../../lib/domain/ids.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { instant } from "../../../lib/domain/time.ts";
import { ProxyUnavailableError, UsageError } from "../../../lib/errors.ts";
import { chooseProxy } from "../../../lib/operations/proxies/choose-proxy.ts";
import { type OperatorBench, operatorBench } from "../../support/operator/operator-bench.ts";
import { sampleAccount, sampleProxy } from "../../support/sample-facts.ts";

let bench: OperatorBench;
const account = sampleAccount();
beforeEach(async () => {
  bench = operatorBench();
  await bench.operator.store.accounts.create(account);
});

/** Puts a proxy into the account's pool; with a user it has a sealed credential. */
async function addCandidate(label: string, priority: number, user?: string): Promise<AssignmentId> {
  const { store, openVault } = bench.operator;
  const bare = sampleProxy({ id: parseId(randomUUID()), label });
  const credential = user === undefined ? undefined : { user, secret: new Secret("hunter2") };
  const vault = await openVault();
  const sealed = credential && vault.seal(credential, { id: bare.id, label, scheme: bare.endpoint.scheme });
  await store.proxies.create({ ...bare, authType: sealed === undefined ? "none" : "basic", sealed });
  const id = parseId<AssignmentId>(randomUUID());
  await store.accounts.assign({ id, accountId: account.id, proxyId: bare.id, priority });
  return id;
}

describe("choosing a proxy for a program", () => {
  test("gives the preferred one with its credential opened, and names the others", async () => {
    await addCandidate("spare", 2);
    await addCandidate("best", 1, "customer");
    const chosen = await chooseProxy(bench.operator, "alice");
    expect(chosen.proxy.label).toBe("best");
    expect(chosen.upstream).toMatchObject({
      label: "best",
      endpoint: { host: "gw.example" },
      credential: { user: "customer" },
    });
    expect(chosen.others).toEqual(["spare"]);
    expect(JSON.stringify(chosen)).not.toContain("hunter2");
  });

  test("passes over what cools, what the program avoids and what cannot be opened, and says why", async () => {
    const cooling = await addCandidate("cooling", 1);
    await addCandidate("avoided", 2);
    await addCandidate("locked", 3, "customer");
    await addCandidate("free", 4);
    const until = { cooldownUntil: instant(bench.nowMs + 41_000) };
    await bench.operator.store.accounts.updateAssignment(cooling, until);
    bench.keys = [generateKey()];
    const chosen = await chooseProxy(bench.operator, "alice", { avoid: ["avoided"] });
    expect(chosen.proxy.label).toBe("free");
    expect(chosen.rejected.map(({ label, reason }) => [label, reason])).toEqual([
      ["cooling", "cooling"],
      ["avoided", "excluded"],
      ["locked", "unopenable"],
    ]);
  });

  test("fails closed when none is left, naming every candidate", async () => {
    const cooling = await addCandidate("fra-1", 1);
    const until = { cooldownUntil: instant(bench.nowMs + 41_000) };
    await bench.operator.store.accounts.updateAssignment(cooling, until);
    const choice = chooseProxy(bench.operator, "alice");
    await expect(choice).rejects.toBeInstanceOf(ProxyUnavailableError);
    await expect(choice).rejects.toMatchObject({
      message: 'Account "alice" has no usable proxy: fra-1 cooling down for 41 s.',
      exitStatus: 75,
    });
  });

  test("respects an operator's hold, and offers the nearest name for an unknown account", async () => {
    await addCandidate("fra-1", 1);
    const hold = { by: "user:ops", why: "audit", at: instant(0) };
    await bench.operator.store.accounts.update(account.id, { hold });
    await expect(chooseProxy(bench.operator, "alice")).rejects.toThrow(/is held by user:ops: audit/);
    const unknown = chooseProxy(bench.operator, "alcie");
    await expect(unknown).rejects.toBeInstanceOf(UsageError);
    await expect(unknown).rejects.toMatchObject({ hint: 'Did you mean "alice"?' });
  });
});
