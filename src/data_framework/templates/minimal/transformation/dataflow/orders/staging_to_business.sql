-- What each product sold on each day. Tables are named by their keys in transformation.json.
SELECT
  data_date,
  product,
  count(*) AS orders,
  CAST(sum(quantity * price) AS decimal(38, 2)) AS amount
FROM orders
GROUP BY data_date, product
