import { differingChoices } from "../domain/run/folder-choices.ts";
import type { LauncherPlace } from "../domain/run/run-settings.ts";
import type { LauncherPorts } from "./unit/ports.ts";

/** Says in one line for each other working folder of this host what it chose otherwise; nothing is refused, and never rejects. */
export async function sayOtherChoices(
  { store, processes, journal }: Pick<LauncherPorts, "store" | "processes" | "journal">,
  place: LauncherPlace,
): Promise<void> {
  const mine = { process: processes.self(), choices: place.choices };
  const others = await store.launchers.otherChoices(mine).catch(() => []);
  for (const text of differingChoices(place, others))
    journal.say({ level: "warning", unit: undefined, text });
}
