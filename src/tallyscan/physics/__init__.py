"""How X-rays of 0.05 to 10 MeV pass through cargo: attenuation, beam, detector, forward model, inversion."""
