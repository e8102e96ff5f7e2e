export interface Place {
  latitude: number;
  longitude: number;
}

const decimals = 5;

/** Degrees as people write them: 48.20849° N, 16.37208° E. */
export function coordinatesText({ latitude, longitude }: Place): string {
  const part = (degrees: number, positive: string, negative: string) =>
    `${Math.abs(degrees).toFixed(decimals)}° ${degrees < 0 ? negative : positive}`;
  return `${part(latitude, "N", "S")}, ${part(longitude, "E", "W")}`;
}

/** Where a map of the place is; nothing is loaded from there until somebody follows the link. */
export function mapLink({ latitude, longitude }: Place): string {
  const at = `${latitude.toFixed(decimals)}/${longitude.toFixed(decimals)}`;
  const mark = `mlat=${latitude.toFixed(decimals)}&mlon=${longitude.toFixed(decimals)}`;
  return `https://www.openstreetmap.org/?${mark}#map=16/${at}`;
}

/** The place on a drawing of the whole earth, from 0 to 1 from the west and from the north. */
export function onEarth({ latitude, longitude }: Place): { x: number; y: number } {
  return { x: (longitude + 180) / 360, y: (90 - latitude) / 180 };
}
