import type { Proxy } from "../../domain/proxy/proxy.ts";
import { LaunchError } from "../../errors.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import { requireProxy } from "../find-by-name.ts";
import { type Operator, record } from "../operator.ts";
import { nameRuns, possiblyLiveRuns } from "../runs/judge-run.ts";

/** Takes a proxy out of every selection, or back into it; a bot that leaves through it moves at its next renewal. */
export async function setProxyActive(operator: Operator, label: string, isActive: boolean): Promise<Proxy> {
  return await operator.store.transaction(async (store) => {
    const proxy = await requireProxy(store, label);
    // A verdict under way expects the state that it has read, so the operator's word wins.
    const state = isActive ? "unverified" : "disabled";
    const isNews = isActive === (proxy.state === "disabled");
    const news = isNews ? ({ state, stateSince: operator.clock.now(), nextProbeAt: undefined } as const) : {};
    await store.proxies.update(proxy.id, { isActive, ...news });
    await record(operator, store, {
      kind: isActive ? "proxy.enabled" : "proxy.disabled",
      proxyId: proxy.id,
      message: `Proxy ${label} was ${isActive ? "enabled" : "disabled"}.`,
    });
    return { ...proxy, isActive };
  });
}

/** Removes a proxy with its assignments; its history stays. Refuses one that a possibly live run leaves through, unless forced. */
export async function removeProxy(
  operator: Operator,
  processes: Pick<ProcessTable, "judge">,
  removal: { readonly label: string; readonly force: boolean },
): Promise<{ readonly proxy: Proxy; readonly assignments: number }> {
  return await operator.store.transaction(async (store) => {
    const proxy = await requireProxy(store, removal.label);
    const living = removal.force ? [] : await possiblyLiveRuns(store, processes);
    const runs = living.filter((run) => run.proxyId === proxy.id);
    if (runs.length > 0) {
      throw new LaunchError("LAUNCH_IN_USE", `Proxy "${proxy.label}" is in use: ${nameRuns(runs)}.`, {
        hint: "Move the bot with `launch demote`, or remove the proxy with --force: the bot then moves at its next renewal.",
      });
    }
    const assignments = (await store.accounts.assignments({ proxyId: proxy.id })).length;
    await record(operator, store, {
      kind: "proxy.removed",
      proxyId: proxy.id,
      message: `Proxy ${proxy.label} was removed with ${assignments} assignment${assignments === 1 ? "" : "s"}.`,
    });
    await store.proxies.remove(proxy.id);
    return { proxy, assignments };
  });
}
