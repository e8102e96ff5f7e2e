import mark from "./weir.svg";

/** The sign of the house: three lines of water over a weir. */
export function Mark() {
  return <img className="mark" src={mark} alt="" width="32" height="32" />;
}
