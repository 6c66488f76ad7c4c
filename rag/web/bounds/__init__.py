"""What a request may be and what one visitor may take: admission before each route, counts by visitor."""
