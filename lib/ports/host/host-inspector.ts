/** What the doctor asks of the machine: files, their modes, and which commands are installed. */
export interface HostInspector {
  /** What lies at the path, links followed. */
  look(path: string): Promise<PathFacts>;
  /** Tries to create, sync and remove a file in the folder; why it failed, or undefined. */
  tryWriting(folder: string): Promise<string | undefined>;
  /** The full path of a command on PATH; undefined when it is not installed. */
  findCommand(name: string): Promise<string | undefined>;
}

export type PathFacts =
  | { readonly kind: "absent" }
  /** Something lies there that we may not look at. */
  | { readonly kind: "hidden"; readonly why: string }
  | {
      readonly kind: "file" | "folder" | "other";
      /** The permission bits, such as 0o600. */
      readonly mode: number;
      /** Whether it belongs to the user we run as. */
      readonly isOurs: boolean;
    };
