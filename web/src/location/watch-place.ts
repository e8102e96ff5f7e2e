import type { WatchLocation } from "stream-chat";

/** How far one must go before others are told. */
const noticed = 0.00005;

/** Tells where this device is, whenever it has moved. Only runs while something is shared live. */
export const watchPlace: WatchLocation = (tell) => {
  let last: GeolocationCoordinates | undefined;
  const watch = navigator.geolocation.watchPosition(({ coords }) => {
    if (last && near(last, coords)) return;
    last = coords;
    tell({ latitude: coords.latitude, longitude: coords.longitude });
  });
  return () => navigator.geolocation.clearWatch(watch);
};

const near = (a: GeolocationCoordinates, b: GeolocationCoordinates) =>
  Math.abs(a.latitude - b.latitude) < noticed && Math.abs(a.longitude - b.longitude) < noticed;
