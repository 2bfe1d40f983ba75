/** A YAML file that knows where each of its values stands. */
export interface YamlFile {
  readonly path: string;
  readonly value: unknown;
  /** `launch.yaml:3:5` of a value, or of the nearest value around it. */
  locate(path: readonly PropertyKey[]): string;
  /** The same of a key inside the map at `path`. */
  locateKey(path: readonly PropertyKey[], key: string): string;
  /** A scalar as written, so that 1.10 stays "1.10". */
  textOf(path: readonly PropertyKey[]): string | undefined;
}
