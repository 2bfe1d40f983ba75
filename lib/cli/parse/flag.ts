/** One flag of a command; its key in `args.flags` is its name as typed, without the dashes ("proxy-label", "no-pin"). */
export type Flag =
  | { readonly kind: "toggle"; readonly help: string }
  | {
      readonly kind: "text";
      readonly value: string;
      readonly help: string;
      readonly required?: true;
      /** It may also be given as the first word without a flag; of at most one flag of a command. */
      readonly isWord?: true;
    }
  | { readonly kind: "list"; readonly value: string; readonly help: string }
  | { readonly kind: "count"; readonly value: string; readonly help: string }
  | { readonly kind: "duration"; readonly help: string }
  | { readonly kind: "choice"; readonly choices: readonly string[]; readonly help: string };

/** One word that a command takes without a flag. */
export interface Operand {
  readonly name: string;
  readonly help: string;
  readonly arity: "one" | "optional" | "many";
}
