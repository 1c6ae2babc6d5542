"""Where services run. One interface, as small as its implementations allow."""
