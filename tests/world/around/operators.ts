import { botKey } from "../../../lib/domain/run/unit-key.ts";
import { instant } from "../../../lib/domain/time.ts";
import { holdAccount, releaseAccount } from "../../../lib/operations/accounts/change-account.ts";
import { demoteAssignment, reviveAssignment } from "../../../lib/operations/assignments/change-assignment.ts";
import { burnExit, reviveExit } from "../../../lib/operations/exits/judge-exit.ts";
import type { Operator } from "../../../lib/operations/operator.ts";
import { setProxyActive } from "../../../lib/operations/proxies/change-proxy.ts";
import { sendRequest, type UnitName } from "../../../lib/operations/requests/ask-unit.ts";
import { wishUnits } from "../../../lib/operations/units/wish-units.ts";
import type { Chance } from "../time/chance.ts";
import { hostClock, wallStartMs } from "../time/host-clock.ts";
import type { World } from "../world.ts";
import type { WorldAccount } from "./layout.ts";

/** People who type commands until that moment, and put everything right then. */
export function haveOperators(world: World, untilMs: number): void {
  const chance = world.chance.apart("operators");
  const { time, log } = world;
  let typed = 0;
  const next = (): void => {
    time.after(chance.between(10_000, 240_000), () => {
      if (time.nowMs() >= untilMs) return;
      typed += 1;
      const verb = chance.pick(verbs);
      const account = chance.pick(world.layout.accounts);
      log.note(time.nowMs(), `command ${verb} ${account.name}`);
      // What is refused is told to whoever typed it, and changes nothing.
      void carryOut(world, operatorOf(world, chance, typed), { verb, account, chance }).catch(() => {});
      next();
    });
  };
  next();
}

const verbs = [
  "hold",
  "release",
  "release",
  "stop",
  "stop and start",
  "start",
  "start",
  "rotate",
  "rotate",
  "restart",
  "restart",
  "disable",
  "enable",
  "enable",
  "burn",
  "revive",
  "demote",
  "check",
] as const;

function operatorOf(world: World, chance: Chance, number: number): Operator {
  return {
    store: world.rows.store,
    openVault: () => Promise.reject(new Error("not in this world")),
    clock: hostClock(world.time, { offMs: 0 }),
    random: { uuid: chance.uuid, random01: chance.random01 },
    actor: `user:operator-${number}`,
    host: "desk",
    hostKey: "desk",
  };
}

async function carryOut(
  world: World,
  operator: Operator,
  {
    verb,
    account,
    chance,
  }: { readonly verb: (typeof verbs)[number]; readonly account: WorldAccount; readonly chance: Chance },
): Promise<void> {
  const { judgedSince, time } = world;
  const { name, id: accountId } = account;
  const unit = { kind: "bot", name } as const;
  const { label, exitIp } = chance.pick(account.exits);
  const wish = async (wanted: "up" | "down") =>
    wishUnits(
      operator,
      [{ ...unit, unitKey: botKey(accountId), accountId } as Parameters<typeof wishUnits>[1][number]],
      wanted,
    );
  switch (verb) {
    case "hold":
      await holdAccount(operator, name, "a look at it");
      judgedSince.set(`hold ${name}`, time.nowMs());
      return;
    case "release":
      judgedSince.delete(`hold ${name}`);
      await releaseAccount(operator, name);
      return;
    case "stop":
      await wish("down");
      judgedSince.set(`down ${name}`, time.nowMs());
      return;
    case "stop and start":
      await wish("down");
      time.after(chance.between(500, 8_000), () => {
        judgedSince.delete(`down ${name}`);
        void wish("up").catch(() => {});
      });
      return;
    case "start":
      judgedSince.delete(`down ${name}`);
      await wish("up");
      return;
    case "restart":
      // As the command does: what is restarted is wanted up.
      judgedSince.delete(`down ${name}`);
      await wish("up");
      await ask(operator, unit, verb);
      return;
    case "disable":
      await setProxyActive(operator, label, false);
      judgedSince.set(`off ${label}`, time.nowMs());
      return;
    case "enable":
      judgedSince.delete(`off ${label}`);
      await setProxyActive(operator, label, true);
      return;
    case "burn": {
      const untilAt = instant(wallStartMs + time.nowMs() + chance.between(60_000, 1_800_000));
      const venue = chance.pick(account.venues);
      await burnExit(operator, { named: exitIp, why: undefined }, { venue, untilAt });
      return;
    }
    case "revive":
      await reviveExit(operator, { named: exitIp, why: undefined }, undefined);
      return;
    case "demote":
      await demoteAssignment(
        operator,
        { accountName: name, proxyLabel: label },
        { forMs: chance.between(60_000, 600_000), why: undefined },
      );
      judgedSince.set(`demote ${name} ${label}`, time.nowMs());
      return;
    default:
      await ask(operator, unit, verb);
  }
}

async function ask(operator: Operator, unit: UnitName, verb: "restart" | "rotate" | "check"): Promise<void> {
  const message = `The bot ${unit.name} was asked to ${verb}.`;
  await sendRequest(operator, unit, { verb, arguments: {}, message });
}

/** Ends everything that does not end by itself. */
export async function putRight(world: World): Promise<void> {
  const { chance, layout, memory, judgedSince } = world;
  const operator = operatorOf(world, chance.apart("put right"), 0);
  judgedSince.clear();
  for (const { label } of layout.proxies) {
    const row = memory.state.proxies.find((proxy) => proxy.label === label);
    if (row?.isActive === false) await setProxyActive(operator, label, true);
    if (row?.state === "drifted")
      await operator.store.proxies.update(row.id, { state: "unverified", nextProbeAt: undefined });
    if (row !== undefined) await operator.store.proxies.forgetHealth(row.id);
  }
  for (const { exitIp } of layout.proxies)
    if (memory.state.reputations.some((row) => row.exitIp === exitIp))
      await reviveExit(operator, { named: exitIp, why: undefined }, undefined).catch(() => {});
  for (const account of layout.accounts) {
    const { name, id: accountId } = account;
    await releaseAccount(operator, name);
    await operator.store.units.want({
      unitKey: botKey(accountId),
      wanted: "up",
      by: operator.actor,
      why: undefined,
    });
    for (const { label: proxyLabel } of account.exits)
      await reviveAssignment(operator, { accountName: name, proxyLabel });
  }
}
