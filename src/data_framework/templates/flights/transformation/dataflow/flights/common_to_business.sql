-- target: delays
SELECT
  data_date, carrier, airline, origin, origin_name,
  count(*) AS flights,
  sum(CASE WHEN cancelled THEN 1 ELSE 0 END) AS cancelled,
  sum(CASE WHEN dep_delay > 15 THEN 1 ELSE 0 END) AS late,
  round(avg(dep_delay), 1) AS mean_departure_delay,
  round(avg(arr_delay), 1) AS mean_arrival_delay
FROM flights
GROUP BY data_date, carrier, airline, origin, origin_name;

-- target: carriers
SELECT
  carrier, airline,
  count(*) AS flights,
  sum(CASE WHEN cancelled THEN 1 ELSE 0 END) AS cancelled,
  sum(CASE WHEN dep_delay > 15 THEN 1 ELSE 0 END) AS late
FROM flights
GROUP BY carrier, airline
