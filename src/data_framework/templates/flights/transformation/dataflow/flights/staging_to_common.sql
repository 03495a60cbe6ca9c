-- Every flight with the names of its carrier and airports, its plane, and the weather in the hour it was to leave.
SELECT
  f.data_date, f.carrier, l.name AS airline, f.flight, f.tailnum, p.manufacturer, p.model, p.seats,
  f.origin, o.name AS origin_name, f.dest, d.name AS dest_name,
  f.sched_dep_time, f.dep_time, f.dep_delay, f.arr_delay, f.dep_time IS NULL AS cancelled, f.distance,
  w.temp, w.wind_speed, w.precip, w.visib
FROM flights AS f
LEFT JOIN airlines AS l ON l.carrier = f.carrier
LEFT JOIN planes AS p ON p.tailnum = f.tailnum
LEFT JOIN airports AS o ON o.faa = f.origin
LEFT JOIN airports AS d ON d.faa = f.dest
LEFT JOIN weather AS w ON w.origin = f.origin AND w.time_hour = f.time_hour
