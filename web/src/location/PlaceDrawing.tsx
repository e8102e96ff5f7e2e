import { onEarth, type Place } from "./coordinates";

const width = 320;
const height = 132;
/** One line of the net for so many degrees. */
const step = 15;

const lines = (size: number, degrees: number) =>
  Array.from({ length: degrees / step + 1 }, (_, at) => (at * step * size) / degrees);

/**
 * Where on earth it is, drawn by ourselves: maps of others would be asked for every message that is
 * looked at, and would so learn who looks at which places.
 */
export function PlaceDrawing({ place, live = false }: { place: Place; live?: boolean }) {
  const { x, y } = onEarth(place);
  const left = x * width;
  const top = y * height;
  return (
    <svg
      className="place-drawing"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
    >
      <g className="place-net">
        {lines(width, 360).map((at) => (
          <path key={`m${at}`} d={`M${at} 0V${height}`} />
        ))}
        {lines(height, 180).map((at) => (
          <path key={`p${at}`} d={`M0 ${at}H${width}`} />
        ))}
      </g>
      <g className="place-axes">
        <path d={`M0 ${height / 2}H${width}M${width / 2} 0V${height}`} />
      </g>
      <g className="place-cross">
        <path d={`M${left} 0V${height}M0 ${top}H${width}`} />
      </g>
      <circle className={live ? "place-halo place-live" : "place-halo"} cx={left} cy={top} r="13" />
      <circle className="place-dot" cx={left} cy={top} r="5.5" />
    </svg>
  );
}
