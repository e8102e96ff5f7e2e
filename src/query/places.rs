//! Places on the earth, and the areas that a filter asks for: around a point (`$near`), within a box (`$within`).

use serde_json::{Map, Value};

use super::values::type_name;
use crate::error::{ApiError, Result};

/// The mean radius of the earth, in metres.
const RADIUS: f64 = 6_371_008.8;
/// Half the way around it: nothing is further away.
const FURTHEST: f64 = 20_037_508.0;

/// A point, in degrees: north and east are above zero, and zero is a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub lat: f64,
    pub long: f64,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Area {
    Near { centre: Place, metres: f64 },
    Within(Bounds),
}

/// From `south` to `north` and, going east, from `west` to `east`: with `west` above `east` it lies across the date line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub south: f64,
    pub north: f64,
    pub west: f64,
    pub east: f64,
}

impl Place {
    /// `None`: this is no place.
    pub fn of(lat: Option<&Value>, long: Option<&Value>) -> Option<Place> {
        let (lat, long) = (lat?.as_f64()?, long?.as_f64()?);
        ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&long)).then_some(Place { lat, long })
    }

    /// Along the surface.
    pub fn metres_to(&self, other: &Place) -> f64 {
        let (down, across) = ((other.lat - self.lat).to_radians(), (other.long - self.long).to_radians());
        let cosines = self.lat.to_radians().cos() * other.lat.to_radians().cos();
        let half = (down / 2.0).sin().powi(2) + cosines * (across / 2.0).sin().powi(2);
        2.0 * RADIUS * half.sqrt().min(1.0).asin()
    }
}

impl Area {
    /// `{"lat": 50.7, "long": 7.1, "distance": 500}`: at most so many metres away.
    pub fn near(field: &str, value: &Value) -> Result<Area> {
        let named = Named::read(field, "$near", value, &["lat", "long", "distance"])?;
        let centre = Place { lat: named.number("lat", -90.0, 90.0)?, long: named.number("long", -180.0, 180.0)? };
        Ok(Area::Near { centre, metres: named.number("distance", 0.0, FURTHEST)? })
    }

    /// `{"south": 50, "north": 51, "west": 7, "east": 8}`
    pub fn within(field: &str, value: &Value) -> Result<Area> {
        let named = Named::read(field, "$within", value, &["south", "north", "west", "east"])?;
        let (south, north) = (named.number("south", -90.0, 90.0)?, named.number("north", -90.0, 90.0)?);
        if north < south {
            let path = format!("{field}.$within.north");
            return Err(ApiError::field(path.clone(), format!("{path} must not be less than south")));
        }
        let (west, east) = (named.number("west", -180.0, 180.0)?, named.number("east", -180.0, 180.0)?);
        Ok(Area::Within(Bounds { south, north, west, east }))
    }

    pub fn has(&self, place: &Place) -> bool {
        match self {
            Area::Near { centre, metres } => centre.metres_to(place) <= *metres,
            Area::Within(around) => around.has(place),
        }
    }

    /// Boxes that hold all of the area and none of which lies across the date line.
    pub fn boxes(&self) -> Vec<Bounds> {
        match self {
            Area::Near { centre, metres } => around(centre, *metres).split(),
            Area::Within(within) => within.split(),
        }
    }
}

/// The box around a circle.
fn around(centre: &Place, metres: f64) -> Bounds {
    let angle = metres / RADIUS;
    let (south, north) = (centre.lat - angle.to_degrees(), centre.lat + angle.to_degrees());
    // What holds a pole holds all meridians.
    let across = if south <= -90.0 || north >= 90.0 {
        180.0
    } else {
        (angle.sin() / centre.lat.to_radians().cos()).clamp(-1.0, 1.0).asin().to_degrees()
    };
    let (west, east) =
        if across >= 180.0 { (-180.0, 180.0) } else { (wrapped(centre.long - across), wrapped(centre.long + across)) };
    Bounds { south: south.max(-90.0), north: north.min(90.0), west, east }
}

fn wrapped(long: f64) -> f64 {
    match long {
        long if long < -180.0 => long + 360.0,
        long if long > 180.0 => long - 360.0,
        long => long,
    }
}

impl Bounds {
    fn has(&self, place: &Place) -> bool {
        let holds = |long: f64| match self.west <= self.east {
            true => (self.west..=self.east).contains(&long),
            false => long >= self.west || long <= self.east,
        };
        // The date line has two names.
        let across = holds(place.long) || (place.long.abs() == 180.0 && holds(-place.long));
        across && (self.south..=self.north).contains(&place.lat)
    }

    fn split(self) -> Vec<Bounds> {
        let of = |west: f64, east: f64| Bounds { west, east, ..self };
        match (self.west, self.east) {
            (west, east) if east < west => vec![of(west, 180.0), of(-180.0, east)],
            (west, east) if west > -180.0 && east == 180.0 => vec![self, of(-180.0, -180.0)],
            (west, east) if west == -180.0 && east < 180.0 => vec![self, of(180.0, 180.0)],
            _ => vec![self],
        }
    }
}

/// The numbers of an area, by name.
struct Named<'a> {
    path: String,
    numbers: &'a Map<String, Value>,
}

impl Named<'_> {
    fn read<'a>(field: &str, operator: &str, value: &'a Value, names: &[&str]) -> Result<Named<'a>> {
        let path = format!("{field}.{operator}");
        let Some(numbers) = value.as_object() else {
            let message =
                format!("{path} contains type {}. expecting an object of {}", type_name(value), names.join(", "));
            return Err(ApiError::field(path, message));
        };
        match numbers.keys().find(|key| !names.contains(&key.as_str())) {
            Some(other) => {
                let message = format!("{path}.{other} is not known; {path} has {}", names.join(", "));
                Err(ApiError::field(format!("{path}.{other}"), message))
            }
            None => Ok(Named { path, numbers }),
        }
    }

    fn number(&self, name: &str, least: f64, most: f64) -> Result<f64> {
        let number = self.numbers.get(name).and_then(Value::as_f64).filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| {
            let path = format!("{}.{name}", self.path);
            ApiError::field(path.clone(), format!("{path} must be a number from {least} to {most}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place(lat: f64, long: f64) -> Place {
        Place { lat, long }
    }

    fn near(lat: f64, long: f64, metres: f64) -> Area {
        Area::near("location", &json!({"lat": lat, "long": long, "distance": metres})).expect("is an area")
    }

    #[test]
    fn zero_is_a_place_and_what_is_no_number_is_none() {
        for (lat, long, is_place) in [
            (json!(0), json!(0), true),
            (json!(-90), json!(180.0), true),
            (json!(90.1), json!(0), false),
            (json!(0), json!(-180.1), false),
            (json!(null), json!(0), false),
            (json!("1"), json!(0), false),
        ] {
            assert_eq!(Place::of(Some(&lat), Some(&long)).is_some(), is_place, "{lat} {long}");
        }
        assert_eq!(Place::of(None, None), None);
    }

    #[test]
    fn distances_are_those_of_the_earth() {
        // Cologne cathedral to the Brandenburg gate.
        let metres = place(50.9413, 6.9583).metres_to(&place(52.5163, 13.3777));
        assert!((metres - 475_336.0).abs() < 1.0, "{metres}");
        assert!((place(0.0, 0.0).metres_to(&place(0.0, 180.0)) - 20_015_114.0).abs() < 1.0);
        assert!((place(0.0, 179.9).metres_to(&place(0.0, -179.9)) - 22_239.0).abs() < 1.0);
    }

    #[test]
    fn the_boxes_hold_the_area() {
        let areas = [
            near(50.0, 7.0, 500.0),
            near(0.0, 0.0, 0.0),
            near(10.0, 179.9, 50_000.0),
            near(-20.0, -180.0, 10_000.0),
            near(89.9, 10.0, 50_000.0),
            near(-90.0, 0.0, 1.0),
            near(5.0, 5.0, 20_037_508.0),
            Area::Within(Bounds { south: -1.0, north: 1.0, west: 179.0, east: -179.0 }),
            Area::Within(Bounds { south: -90.0, north: 90.0, west: 170.0, east: 180.0 }),
            Area::Within(Bounds { south: -90.0, north: 90.0, west: -180.0, east: -170.0 }),
            Area::Within(Bounds { south: -90.0, north: 90.0, west: -180.0, east: 180.0 }),
        ];
        for area in areas {
            let boxes = area.boxes();
            assert!(boxes.iter().all(|part| part.west <= part.east), "{area:?}");
            for step in 0..20_000_i32 {
                // Near the area and all over the earth.
                let (lat, long) = match area {
                    Area::Near { centre, metres } if step % 2 == 0 => {
                        let reach = (metres / 50_000.0).max(0.01);
                        let turn = f64::from(step) * 0.7;
                        (centre.lat + reach * turn.sin(), wrapped(centre.long + 3.0 * reach * turn.cos()))
                    }
                    _ => (f64::from(step % 181) - 90.0, f64::from(step % 361) - 180.0),
                };
                let point = place(lat.clamp(-90.0, 90.0), long.clamp(-180.0, 180.0));
                if area.has(&point) {
                    assert!(boxes.iter().any(|part| part.has(&point)), "{area:?} has {point:?}");
                }
            }
        }
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (read, value, says) in [
            (Area::near as fn(&str, &Value) -> Result<Area>, json!(7), "location.$near contains type number"),
            (Area::near, json!({"lat": 91, "long": 0, "distance": 1}), "location.$near.lat must be a number from -90"),
            (Area::near, json!({"lat": 0, "long": null, "distance": 1}), "location.$near.long"),
            (Area::near, json!({"lat": 0, "long": 0}), "location.$near.distance must be a number from 0 to 20037508"),
            (Area::near, json!({"lat": 0, "long": 0, "radius": 1}), "location.$near.radius is not known"),
            (Area::within, json!({"south": 2, "north": 1, "west": 0, "east": 0}), "north must not be less than south"),
            (Area::within, json!({"south": 1, "north": 2, "west": 181, "east": 0}), "location.$within.west"),
        ] {
            let error = read("location", &value).expect_err("is nonsense");
            assert!(error.message.contains(says), "{value}: {}", error.message);
        }
    }
}
