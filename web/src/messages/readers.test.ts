import { expect, it } from "vitest";
import { readersText } from "./readers";

it.each([
  [["Ana"], "Read by Ana"],
  [["Ana", "Bob"], "Read by Ana, Bob"],
  [["A", "B", "C", "D", "E", "F"], "Read by A, B, C, D, E and 1 other"],
  [["A", "B", "C", "D", "E", "F", "G"], "Read by A, B, C, D, E and 2 others"],
])("names the readers %o", (names, text) => expect(readersText(names)).toBe(text));
