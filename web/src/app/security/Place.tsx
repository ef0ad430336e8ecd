import { useQuery } from "@tanstack/react-query";
import { useLive } from "../../cache";
import type { AlertPlace, PanicAlert } from "../../client";
import { alertStrings } from "../alerts/strings";
import { useNow } from "../alerts/useNow";
import { agoOf, coordinates } from "../alerts/words";
import { plotOf } from "./trail";

const SIZE = 200;
const MARGIN = 14;
const ZOOM = 18;

/** Location and trail of an alert. Makes no request to third parties: the map is a link. */
export function Place({ alert, isOwn }: { alert: PanicAlert; isOwn: boolean }) {
  const { lat, lng } = alert.location;
  const text = alertStrings.security;
  if (lat === null || lng === null) {
    return alert.location.string ? <p className="alert-place">{alert.location.string}</p> : null;
  }
  return (
    <section className="alert-section" aria-label={text.facts.place}>
      <h3>{text.facts.place}</h3>
      <Words place={alert.location} lat={lat} lng={lng} />
      {!isOwn && <Trail alert={alert} />}
    </section>
  );
}

function Words({ place, lat, lng }: { place: AlertPlace; lat: number; lng: number }) {
  const now = useNow();
  const text = alertStrings.security;
  const map = `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lng}#map=${ZOOM}/${lat}/${lng}`;
  return (
    <>
      {place.string && <p>{place.string}</p>}
      <p>
        <span className="alert-coordinates">{coordinates(lat, lng)}</span>
        {place.accuracy !== null && <span> · {text.accuracy(place.accuracy)}</span>}
        {place.at && <span className="muted"> · {agoOf(place.at, now)}</span>}
      </p>
      <p className="alert-maps">
        <a href={map} target="_blank" rel="noreferrer noopener" title={text.mapHint}>
          {text.map}
        </a>
        <a href={`geo:${lat},${lng}?q=${lat},${lng}`}>{text.geo}</a>
      </p>
    </>
  );
}

function Trail({ alert }: { alert: PanicAlert }) {
  const { client } = useLive();
  const { data: trail = [] } = useQuery({
    queryKey: ["alerts", "trail", alert.id, alert.location.at],
    queryFn: () => client.alerts.trail(alert.id),
    placeholderData: (before) => before,
  });
  const { points, metres } = plotOf(trail, SIZE);
  const last = points.at(-1);
  if (points.length < 2 || !last) return null;
  const text = alertStrings.security;
  const box = `${-MARGIN} ${-MARGIN} ${SIZE + 2 * MARGIN} ${SIZE + 2 * MARGIN}`;
  return (
    <figure className="alert-trail">
      <svg viewBox={box} role="img" aria-label={text.trailAlt(points.length)}>
        <polyline points={points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ")} />
        {points.map(({ x, y }, index) => (
          <circle key={trail[index]?.number} cx={x} cy={y} r="2.5" />
        ))}
        <circle className="alert-trail-last" cx={last.x} cy={last.y} r="6" />
      </svg>
      <figcaption className="muted small">
        {text.trail} · {text.trailSize(metres)}
      </figcaption>
    </figure>
  );
}
