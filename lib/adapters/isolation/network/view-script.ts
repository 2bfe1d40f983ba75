import { dirname } from "node:path";
import type { Privilege } from "../host/entrance-words.ts";
import type { Tools } from "../host/tools.ts";
import type { FileView } from "../view/file-view.ts";
import type { OwnTmp } from "../view/own-tmp.ts";
import { failStep, quote } from "./shell-words.ts";

export interface ViewOptions {
  readonly tools: Pick<Tools, "mount" | "umount">;
  readonly privilege: Privilege;
  readonly view: FileView;
}

/** The line on stdout that names a folder for temporary files which is empty, because the host's cannot be laid under it. */
export const emptyTmpNews = "empty ";

/** The descriptor from which the shell reads what the launcher tells it: these steps, then the paths of sockets, one a line. */
export const launcherDescriptor = 6;

// Where the parts are put together: a folder that is there whenever /proc is, and that no set-up needs.
const workshop = "/proc/fs";

/** The first steps of all: a host that lets nothing be laid over a folder or a file refuses them. */
export function workshopSteps({ mount }: Pick<Tools, "mount">): readonly string[] {
  const tried = `${workshop}/tried`;
  return [
    `${quote(mount)} -t tmpfs -o mode=755,nosuid,nodev launch ${workshop} || ${failStep(`mask ${workshop}`)}`,
    `: >${tried} && ${quote(mount)} --bind /dev/null ${tried} || ${failStep(`mask ${tried}`)}`,
  ];
}

/**
 * The steps after them, which make a bot's file view. What lies over a folder is put together elsewhere and laid there at once: the
 * inside process may be reading its own program from below it meanwhile. One process mounts a whole table.
 */
export function viewSteps({ tools, privilege, view }: ViewOptions): readonly string[] {
  const mount = quote(tools.mount);
  const texts = view.texts.map(({ path }, index) => ({ source: `${workshop}/text${index}`, path }));
  const shown = view.shown.map((path, index) => ({ source: `${workshop}/shown${index}`, path }));
  const files = [...view.masks.replacements.map(({ path, by }) => ({ source: by, path })), ...texts];
  return [
    ...folderSteps(view),
    ...view.ownTmp.flatMap((tmp, index) => tmpSteps(mount, { privilege, tmp, index, view })),
    ...cardSteps(mount, view),
    // Without it nothing is made in its place: a launcher that was killed meanwhile may have taken it away.
    ...shown.map(
      ({ source, path }) => `[ -S ${quote(path)} ] && : >${source} || ${failStep(`uncover ${path}`)}`,
    ),
    ...view.texts.map(({ text }, index) => `printf '%s' ${quote(text)} >${workshop}/text${index}`),
    ...mountAll(mount, "mask", [
      ...shown.map(({ source, path }) => bind(path, source)),
      ...view.ownTmp.flatMap(layTmp),
      ...cardBinds(view),
      ...view.masks.folders.map(({ path, options }) => entry("launch", path, "tmpfs", options)),
      ...view.masks.files.map((path) => bind("/dev/null", path)),
    ]),
    ...[...files, ...shown].map(({ path }) => makeFile(path)),
    // A socket is mounted even where nothing lies over it: by the run id in its name the processes of the run are found
    // that have dropped their environment.
    ...mountAll(
      mount,
      "replace",
      [...files, ...shown].map(({ source, path }) => bind(source, path)),
    ),
    ...coverSteps(mount),
    `${quote(tools.umount)} -l ${workshop} || ${failStep(`uncover ${workshop}`)}`,
  ];
}

function folderSteps({ ownTmp }: FileView): readonly string[] {
  const own = ownTmp.map((_, index) => `${workshop}/tmp${index}`);
  const others = own.flatMap((folder) => [`${folder}.work`, `${folder}.all`]);
  return [
    ...(own.length === 0 ? [] : [`mkdir -m 1777 ${own.join(" ")}`]),
    `mkdir ${[`${workshop}/sys`, `${workshop}/none`, ...others].join(" ")}`,
  ];
}

interface TmpStep extends Pick<ViewOptions, "privilege" | "view"> {
  readonly tmp: OwnTmp;
  readonly index: number;
}

// What is written lies in memory, in a file system that goes with the last process of the run: nothing is left to tidy up.
function tmpSteps(
  mount: string,
  { privilege, tmp: { path, kept }, index, view }: TmpStep,
): readonly string[] {
  const own = `${workshop}/tmp${index}`;
  const layers = `lowerdir=${path},upperdir=${own},workdir=${own}.work`;
  const options = `nosuid,nodev,${layers}${privilege === "root" ? "" : ",userxattr"}`;
  const below = (places: readonly string[]) =>
    places
      .filter((place) => place.startsWith(`${path}/`))
      .map((place) => `${own}.all${place.slice(path.length)}`);
  const { folders, files } = view.masks;
  return [
    `${mount} -t overlay -o ${quote(options)} launch ${own}.all 2>/dev/null || {`,
    `${mount} --bind ${own} ${own}.all || ${failStep(`mask ${path}`)}`,
    ...below([...kept, ...folders.map((folder) => folder.path)]).map((place) => `mkdir -p ${quote(place)}`),
    ...below(files).map(makeFile),
    `echo ${quote(`${emptyTmpNews}${path}`)}`,
    "}",
  ];
}

function layTmp({ path, kept }: OwnTmp, index: number): readonly string[] {
  const own = `${workshop}/tmp${index}.all`;
  const keep = kept.map((place) => entry(place, `${own}${place.slice(path.length)}`, "none", "rbind"));
  return [...keep, entry(own, path, "none", "rbind")];
}

// A sysfs of its own shows the cards of the network in which it is mounted. Where the kernel refuses one, there are none.
function cardSteps(mount: string, { cards }: FileView): readonly string[] {
  const places = cards.shown.map((place) => inOwnSysfs(place));
  if (places.length === 0) return [];
  const own = `${workshop}/sys`;
  return [`${mount} -t sysfs launch ${own} 2>/dev/null || mkdir -p ${places.map(quote).join(" ")}`];
}

function cardBinds({ cards }: FileView): readonly string[] {
  return [
    ...cards.shown.map((place) => bind(inOwnSysfs(place), place)),
    ...cards.emptied.map((place) => bind(`${workshop}/none`, place)),
  ];
}

function inOwnSysfs(place: string): string {
  return `${workshop}/sys${place.slice("/sys".length)}`;
}

// Read only now: the launcher looks for them while the rest is done. One that is gone meanwhile needs no cover.
function coverSteps(mount: string): readonly string[] {
  return [
    `while IFS= read -r path <&${launcherDescriptor}; do`,
    '[ -S "$path" ] || continue',
    `${mount} --bind /dev/null "$path" || [ ! -S "$path" ] || fail "mask $path"`,
    "done",
  ];
}

function mountAll(mount: string, step: string, entries: readonly string[]): readonly string[] {
  if (entries.length === 0) return [];
  const table = `${workshop}/table`;
  return [
    `printf '%s\\n' ${entries.map(quote).join(" ")} >${table}`,
    `${mount} -a -T ${table} || ${failStep(step)}`,
  ];
}

function makeFile(path: string): string {
  return `[ -e ${quote(path)} ] || { mkdir -p ${quote(dirname(path))} && : >${quote(path)}; }`;
}

function bind(source: string, place: string): string {
  return entry(source, place, "none", "bind");
}

// fstab(5): white space and backslashes by their octal numbers.
function entry(source: string, place: string, type: string, options: string): string {
  const escaped = (text: string) =>
    text.replaceAll(/[\s\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`);
  return [source, place, type, options].map(escaped).join(" ");
}
