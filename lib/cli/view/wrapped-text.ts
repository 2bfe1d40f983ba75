/** Breaks a line of text at spaces, inside longer words behind their punctuation, and where there is none at the width itself. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.split(" ").flatMap((word) => piecesOf(word, width))) {
    const joint = piece.isWord && line !== "" ? " " : "";
    if (line !== "" && line.length + joint.length + piece.text.length > width) {
      lines.push(line);
      line = piece.text;
    } else line += joint + piece.text;
  }
  return [...lines, line];
}

interface Piece {
  readonly text: string;
  /** Whether a space stands before it. */
  readonly isWord: boolean;
}

function piecesOf(word: string, width: number): readonly Piece[] {
  if (word.length <= width) return [{ text: word, isWord: true }];
  const parts = word.split(/(?<=[-_.,:;/@=])/).flatMap((part) => part.match(hardPieces(width)) ?? []);
  return parts.map((text, index) => ({ text, isWord: index === 0 }));
}

function hardPieces(width: number): RegExp {
  return new RegExp(`.{1,${Math.max(1, width)}}`, "gs");
}
