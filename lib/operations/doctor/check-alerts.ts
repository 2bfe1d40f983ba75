import type { NotifySettings } from "../../domain/alerts/notify-settings.ts";
import type { HostInspector } from "../../ports/host/host-inspector.ts";
import type { ListedChannel } from "../alerts/list-channels.ts";
import { type Finding, failed, fine, uncertain } from "./finding.ts";

/** Looks at whom alerts reach: the files of their secrets, and what the launchers met. Nothing is sent. */
export async function checkAlerts(
  inspector: HostInspector,
  notify: NotifySettings,
  channels: readonly ListedChannel[],
): Promise<readonly Finding[]> {
  const files = await Promise.all(secretFiles(notify).map((path) => checkSecret(inspector, path)));
  const failing = channels
    .filter(({ state }) => state === "failing")
    .map(({ name, error }) => uncertain(`channel ${name}`, error ?? "fails", `launch notify test ${name}`));
  const found = [...files.flat(), ...failing];
  const names = [...notify.channels, ...notify.pings].map(({ name }) => name);
  return found.length > 0 ? found : [fine("alerts", `go to ${names.join(", ")}`)];
}

function secretFiles({ channels, pings }: NotifySettings): readonly string[] {
  const values = [...channels, ...pings].flatMap((each) => Object.values(each) as readonly unknown[]);
  const paths = values.flatMap((value) =>
    typeof value === "object" && value !== null && "path" in value ? [String(value.path)] : [],
  );
  return [...new Set(paths)];
}

async function checkSecret(inspector: HostInspector, path: string): Promise<readonly Finding[]> {
  const facts = await inspector.look(path);
  if (facts.kind === "absent")
    return [
      failed(
        "alerts",
        `${path} is not there: it has to hold a secret of notify.`,
        `install -m 600 /dev/stdin ${path}`,
      ),
    ];
  if (!("mode" in facts) || (facts.mode & 0o077) === 0) return [];
  return [failed("alerts", `${path} can be read by others.`, `chmod 600 ${path}`)];
}
